//! Traces: what a person pasted is what is sent, saved and shared.

use super::sample::{newsfeed, placed, schema};
use crate::link::pack::{Packer, Unpacker};
use crate::link::{decode, encode};
use crate::{Bulk, Scenario, Setting, Trace, Value, Variant, file, repair, validate};
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;

/// A line as a person has it: time in nanoseconds, operation, key, size, user.
type Line = (u64, &'static str, String, Option<u32>, Option<String>);

fn lines() -> impl Strategy<Value = Vec<Line>> {
    let time = prop_oneof![
        4 => (0..90_000_u64).prop_map(|ms| ms * 1_000_000),
        1 => 0..80_000_000_000_000_u64,
    ];
    let name = || {
        prop_oneof![
            3 => (0..40_u32).prop_map(|n| n.to_string()),
            1 => select(vec!["007", "user:17", "a,b", "say \"hi\"", "é", "1000000", "4294967296", "-1", "x;y"]).prop_map(String::from),
        ]
    };
    let numbers = || (0..2_000_000_u32).prop_map(|n| n.to_string());
    let line = |name: BoxedStrategy<String>| {
        let op = select(vec!["read", "GET", "SET", "browse", "order, paid"]);
        let bytes = of(prop_oneof![Just(0), 0..Trace::BYTES_MAX, Just(Trace::BYTES_MAX)]);
        (time.clone(), op, name.clone(), bytes, of(name))
    };
    prop_oneof![vec(line(name().boxed()), 1..60), vec(line(numbers().boxed()), 1..60)]
}

/// As it is written by somebody who quotes everything.
fn written(lines: &[Line], end: &str) -> String {
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let one = |(at, op, key, bytes, user): &Line| {
        let number = |n: &Option<u32>| n.map_or_else(String::new, |n| n.to_string());
        let user = user.clone().unwrap_or_default();
        let does = if *op == "order, paid" { "write" } else { "" };
        format!("{at},{},{},{},{},{does}{end}", quoted(op), quoted(key), number(bytes), quoted(&user))
    };
    format!("time_ns,op,key,size,user,does{end}") + &lines.iter().map(one).collect::<String>()
}

/// When, what, whether it writes, of which key, how large, by whom.
type Told = (u64, String, bool, String, Option<u32>, Option<String>);

/// What a trace says, line by line.
fn told(trace: &Trace) -> Vec<Told> {
    let one = |asked: &crate::Asked| {
        let op = &trace.ops()[usize::from(asked.op)];
        let user = asked.user.map(|user| trace.user_name(user));
        (asked.at, op.name.clone(), op.write, trace.key_name(asked.key), asked.bytes, user)
    };
    trace.asked().iter().map(one).collect()
}

fn with(traces: &[&Trace]) -> Scenario {
    let mut scenario = Scenario { length: base::Span::from_secs(60), ..Scenario::default() };
    for (at, trace) in traces.iter().enumerate() {
        let mut it = placed(&format!("replay-{at}"), "replay", 0, 0, &[]);
        it.config[0] = Value::Trace((*trace).clone());
        scenario.boxes.push(it);
    }
    scenario
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Oracle: the lines themselves, sorted by time.
    #[test]
    fn a_trace_says_what_was_written_in_order_of_time(lines in lines(), crlf in any::<bool>()) {
        let trace = Trace::from_csv(&written(&lines, if crlf { "\r\n" } else { "\n" })).expect("lines of a trace");
        let mut expected: Vec<_> = lines
            .iter()
            .map(|(at, op, key, bytes, user)| {
                (*at, op.to_string(), ["SET", "order, paid"].contains(op), key.clone(), *bytes, user.clone())
            })
            .collect();
        expected.sort_by_key(|line| line.0);
        prop_assert_eq!(told(&trace), expected);
    }

    #[test]
    fn a_trace_comes_back_from_its_text_its_bytes_a_file_and_a_link(lines in lines()) {
        let trace = Trace::from_csv(&written(&lines, "\n")).expect("lines of a trace");
        prop_assert_eq!(&Trace::from_csv(&trace.to_csv()).expect("lines of a trace"), &trace);
        let bytes: Vec<u8> = trace.clone().into();
        prop_assert_eq!(bytes.len(), trace.bulk().link as usize);
        prop_assert_eq!(&Trace::try_from(bytes).expect("it was just packed"), &trace);
        let scenario = with(&[&trace]);
        let text = file::write(&scenario, &schema());
        prop_assert_eq!(&file::read(&text, &schema()).expect("it was just written"), &scenario);
        prop_assert!(text.len() <= trace.bulk().file as usize + 400, "{} of {:?}", text.len(), trace.bulk());
        prop_assert_eq!(&decode(&encode(&scenario, &schema()), &schema()).expect("it was just made").scenario, &scenario);
    }

    #[test]
    fn bytes_that_are_no_trace_are_refused_or_make_one(
        lines in lines(), changes in vec((any::<prop::sample::Index>(), any::<u8>()), 1..6), cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes: Vec<u8> = Trace::from_csv(&written(&lines, "\n")).expect("lines of a trace").into();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.truncate(1 + cut.index(2 * bytes.len()));
        if let Ok(trace) = Trace::unpack(&mut Unpacker::new(&bytes)) {
            let mut packer = Packer::default();
            trace.pack(&mut packer);
            prop_assert_eq!(Trace::unpack(&mut Unpacker::new(&packer.bytes)).expect("it was just packed"), trace);
        }
    }
}

#[test]
fn columns_stand_in_any_order_and_unit_and_lines_end_in_any_way() {
    let usual = Trace::from_csv("0.25,read,17\n1.5,write,3").expect("two requests");
    assert_eq!(told(&usual)[1], (1_500_000_000, "write".to_string(), true, "3".to_string(), None, None));
    for same in [
        "\u{feff}time,op,key\r\n0.25,read,17\r\n1.5,write,3\r\n",
        "key,op,time_ms\n3,write,1500\n\n17,read,250.0\n",
        "key\toperation\ttimestamp\n17\tread\t.25\n3\twrite\t1.5",
        "TIME_US; op; key\n250000; read; 17\n15e5; write; 3",
        "\"0.25\",\"read\",\"17\",read,,\n1.5,write,\"3\",w\r",
        "time_ns,op,key\n250000000.9,read,17\n1500000000,write,3",
    ] {
        assert_eq!(Trace::from_csv(same).as_ref(), Ok(&usual), "{same:?}");
    }
    let since_1970 = Trace::from_csv("1700000000.000000001,read,a\n1700000060,read,b").expect("two requests");
    assert_eq!(since_1970.asked()[0].at, 1_700_000_000_000_000_001, "all digits");
    assert_eq!(since_1970.length(), base::Span(59_999_999_999), "counted from its first request");
}

#[test]
fn what_is_wrong_with_a_csv_is_said_with_line_and_column() {
    let long = format!("0,read,{}", "k".repeat(61));
    let many: String = (0..13).map(|n| format!("0,op-{n},1\n")).collect();
    let open = format!("0,read,1\n1,\"read,2\n{}", "x,y,z\n".repeat(3_000));
    for (text, says) in [
        ("", "there are no requests in it"),
        ("\n\r\n", "there are no requests in it"),
        ("time,op,key", "there are no requests in it"),
        ("when,op,key\n0,read,1", "line 1, column 1, time: it is `when`; it must be a number, 0 or more, such as 12.5"),
        (
            "time,op,key,ttl\n0,read,1,5",
            "line 1, column 13: there is no column `ttl`; there are time, op, key, does, bytes and user: take it out",
        ),
        ("time,op\n0,read", "line 1, column 8: there is no column `key`"),
        ("time,op,time_ms\n", "line 1, column 9, time: this column is there twice"),
        ("0,read,1\n-1,read,2", "line 2, column 1, time: it is `-1`; it must be a number, 0 or more, such as 12.5"),
        ("0,read,1\r\n\r\n,read,2", "line 3, column 1, time: it is empty"),
        (
            "0,read,1\n1e400,read,2",
            "line 2, column 1, time: it is `1e400`; it must be a number, 0 or more, such as 12.5",
        ),
        ("0,read,1\n99999999999,read,2", "line 2, column 1, time: it is `99999999999`, which is more than 500 years"),
        ("0,read,1\n1,read", "line 2, column 7, key: it is empty"),
        ("0,\"é, \"\"x\"\"\",1\n1, ,2", "line 2, column 3, op: it is empty"),
        (&long, "line 1, column 8, key: it has 61 characters; it may have at most 60"),
        ("0,read,\"a\nb\"", "line 1, column 8, key: it has an invisible character in it; take it out"),
        ("0,get,1,maybe", "line 1, column 9, does: it is `maybe`; it must be read or write"),
        (
            "0,get,1,read\n1,get,2,write",
            "line 2, column 9, does: `get` is a write here and a read before; which is it?",
        ),
        ("0,get,1,read,1.5", "line 1, column 14, bytes: it is `1.5`; it must be a whole number of at most 100000000"),
        ("0,get,1,read,100000001", "line 1, column 14, bytes: it is 100000001; it must be at most 100000000"),
        ("0,get,1,read,1,me,more", "line 1, column 19: there are 7 fields; `more` is one more than the 6 columns"),
        (&many, "line 13, column 3, op: `op-12` is one operation more than 12"),
        (
            &open,
            "line 2, column 1: the line has more than 8192 bytes or 16 fields; is there a quotation mark that does not end?",
        ),
        (
            "0,read,1\n86401,read,1\n172802,read,1",
            "the last request is 172802s after the start; it must be at most 86400s",
        ),
    ] {
        assert_eq!(Trace::from_csv(text).expect_err(text).to_string(), says, "{text:?}");
    }
}

/// The largest traces that may be, as a busy service would leave them, in what is saved.
#[test]
fn ten_thousand_requests_fit_into_a_link_and_a_file_and_one_more_does_not() {
    let mut rng = base::Rng::new(9);
    let mut at = 0;
    let mut csv = String::from("time_us,op,key\n");
    for _ in 0..Trace::LINES_MAX {
        at += rng.below(20_000);
        let op = ["get", "get", "get", "set"][rng.below(4) as usize];
        csv.push_str(&format!("{at},{op},{}\n", rng.below(2_000)));
    }
    let trace = Trace::from_csv(&csv).expect("as many as there may be");
    let scenario = with(&[&trace]);
    assert_eq!(validate(&scenario, &schema()), []);
    let (link, text) = (encode(&scenario, &schema()), file::write(&scenario, &schema()));
    assert_eq!(decode(&link, &schema()).expect("it was just made").scenario, scenario);
    assert_eq!(file::read(&text, &schema()).expect("it was just written"), scenario);
    // Oracle: what there is to say. 14.3 bits of time, 0.8 of operation and 11 of key are 3.3 bytes a request, 4.4 letters.
    assert!(link.len() < 60_000, "{} letters, {} bytes of file, {:?}", link.len(), text.len(), trace.bulk());
    csv.push_str("1,get,1\n");
    let why = Trace::from_csv(&csv).expect_err("one too many").to_string();
    assert_eq!(why, "line 10002, column 1, time: there are more than 10000 requests, which is the most");
}

#[test]
fn traces_that_would_not_come_back_from_a_link_are_refused_and_left_out_of_one() {
    let csv =
        |many: usize| (0..many).map(|n| format!("{n},read,{}\n", format!("{n:05}").repeat(8))).collect::<String>();
    let why = Trace::from_csv(&csv(5_000)).expect_err("too large").to_string();
    assert!(
        why.starts_with("it takes 2")
            && why.ends_with("in a link, before compression; the traces of a design may take 120000"),
        "{why}"
    );
    let large = Trace::from_csv(&csv(2_000)).expect("it takes 90,000 bytes");
    assert!(large.bulk().link < Bulk::MAX.link && large.bulk().and(large.bulk()).link > Bulk::MAX.link);
    let both = with(&[&large, &large]);
    let problems = validate(&both, &schema());
    assert!(problems.len() == 1 && problems[0].is_error(), "{problems:?}");
    let (mended, notes) = repair(both.clone(), &schema());
    assert_eq!((validate(&mended, &schema()), notes.len()), (Vec::new(), 1), "{notes:?}");
    assert_eq!(mended.boxes[0], both.boxes[0], "the first is kept");
    let mut offered = with(&[&large]);
    let setting = Setting { on: "replay-0".parse().expect("a box"), field: "trace".into(), value: Value::Trace(large) };
    offered.variants = vec![Variant { name: "Other".into(), about: String::new(), set: vec![setting] }];
    assert!(validate(&offered, &schema()).iter().any(crate::Problem::is_error), "a variant's are counted");
}

#[test]
fn a_file_says_which_line_of_its_trace_is_wrong() {
    let text = r#"{
  "faultline": 1,
  "boxes": [
    { "id": "it", "kind": "replay", "trace": [
      "time,op,key",
      "0.5,read,17",
      "soon,read,18"
    ] }
  ]
}"#;
    let why = file::read(text, &schema()).expect_err("soon is no time");
    let says = "line 7, column 7, boxes[0].trace[2]: column 1, time: it is `soon`; it must be a number, 0 or more, such as 12.5";
    assert_eq!(why[0].to_string(), says);
    for bad in ["17", "[]", "[1]", r#"["0,read,1\n1,read,2"]"#] {
        let text = format!(r#"{{ "faultline": 1, "boxes": [{{ "id": "it", "kind": "replay", "trace": {bad} }}] }}"#);
        let why = file::read(&text, &schema()).expect_err(bad)[0].to_string();
        assert!(
            why.ends_with(r#"it must be a list of lines of CSV, such as ["time,op,key", "0.25,read,17"]"#),
            "{why}"
        );
    }
}

#[test]
fn a_trace_makes_operations_that_wires_can_carry() {
    let mut scenario = newsfeed();
    let trace = Trace::from_csv("0,checkout,1").expect("one request");
    let mut it = placed("replay", "replay", 0, 0, &[]);
    it.config[0] = Value::Trace(trace);
    scenario.boxes.push(it);
    scenario.wires.push(super::sample::wire("replay", "feed", &["checkout"], &[]));
    assert!(!validate(&scenario, &schema()).iter().any(crate::Problem::is_error));
    assert!(scenario.boxes.last().is_some_and(crate::Placed::sends));
}
