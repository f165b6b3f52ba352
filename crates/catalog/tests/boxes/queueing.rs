//! What queueing theory says of the real boxes: each formula is its own oracle, and none of them is in the code.

use crate::graphs::{self, alone, set};
use base::{Span, Time};
use catalog::Plant;
use scenario::{Scenario, Wire, file};

/// Clients that call over wires without latency and with all the patience there is.
fn plant(seed: u64, boxes: &str, wires: &[(&str, &str)]) -> Plant {
    let wire = |(from, to): &(&str, &str)| {
        format!(r#"{{ "from": "{from}", "to": "{to}", "latency_ms": 0, "timeout_ms": 0 }}"#)
    };
    let wires: Vec<String> = wires.iter().map(wire).collect();
    let text = format!(
        r#"{{ "faultline": 1, "seed": {seed}, "length": "1000s", "boxes": [{boxes}], "wires": [{}] }}"#,
        wires.join(", ")
    );
    let scenario = file::read(&text, catalog::schema()).unwrap_or_else(|why| panic!("{why:?}\n{text}"));
    Plant::build(&scenario).expect("it can be built")
}

fn clients(rate: f64) -> String {
    format!(r#"{{ "id": "clients", "kind": "clients", "rate": {rate}, "keys": 1, "ops": [{{ "name": "read" }}] }}"#)
}

fn service(id: &str, time_ms: f64, settings: &str) -> String {
    format!(
        r#"{{ "id": "{id}", "kind": "service", "workers": 1, "line_max": 1000000, "time_ms": {time_ms}{settings} }}"#
    )
}

/// The mean of `measure` over seeds, each run for `seconds`.
fn mean(seeds: u64, seconds: u64, build: impl Fn(u64) -> Plant, measure: impl Fn(&Plant) -> f64) -> f64 {
    let one = |seed| {
        let mut plant = build(seed);
        graphs::to(&mut plant, Span::from_secs(seconds));
        measure(&plant)
    };
    (1..=seeds).map(one).sum::<f64>() / seeds as f64
}

/// Mean time in the line of the box at `place`, in milliseconds: the area under its length over those who came.
fn wait_ms(plant: &Plant, place: usize) -> f64 {
    let (waiting, _) = plant.meter(place).averages(plant.now());
    waiting * plant.now().as_secs_f64() * 1e3 / plant.meter(place).count.arrived as f64
}

/// The mean of everything answered, in milliseconds, from its quantiles.
fn latency_ms(plant: &Plant, place: usize) -> f64 {
    const STEPS: u32 = 2_000;
    let quantile = |step| plant.meter(place).quantile((f64::from(step) + 0.5) / f64::from(STEPS));
    (0..STEPS).filter_map(quantile).map(|span| span.as_secs_f64() * 1e3).sum::<f64>() / f64::from(STEPS)
}

fn close(what: &str, measured: f64, theory: f64, tolerance: f64) {
    let off = measured / theory - 1.0;
    println!("{what}: measured {measured:.4}, theory {theory:.4}, {:+.2}% off", off * 1e2);
    assert!(off.abs() < tolerance, "{what}: measured {measured}, theory {theory}");
}

/// Oracle: Pollaczek and Khinchine, W = λ E[S²] / 2(1 - ρ); M/D/1 is its case without variance, M/M/1 the one with a variance of 1.
#[test]
fn one_worker_waits_as_pollaczek_and_khinchine_say() {
    let uniform = 1.0 / 12.0;
    let log_normal = libm::exp(0.25) - 1.0;
    let laws =
        [("constant", 0.0), ("uniform", uniform), ("erlang", 0.25), ("log-normal", log_normal), ("exponential", 1.0)];
    for (law, variance) in laws {
        for load in [0.5, 0.8] {
            let build = |seed| {
                let served = service("service", 1.0, &format!(r#", "time_law": "{law}""#));
                plant(seed, &format!("{}, {served}", clients(load * 1e3)), &[("clients", "service")])
            };
            let theory = load * (1.0 + variance) / (2.0 * (1.0 - load));
            close(&format!("M/G/1, {law} at {load}"), mean(6, 150, build, |plant| wait_ms(plant, 1)), theory, 0.03);
        }
    }
}

/// Oracle: Jackson (1957). What leaves an M/M/1 is a Poisson stream again, so each of the three waits as if it stood alone.
#[test]
fn boxes_in_a_row_wait_as_if_each_stood_alone() {
    let stages = [("front", 1.0), ("middle", 1.4), ("back", 0.6)];
    let build = |seed| {
        let boxes: Vec<String> = stages.iter().map(|(id, time_ms)| service(id, *time_ms, "")).collect();
        let wires = [("clients", "front"), ("front", "middle"), ("middle", "back")];
        plant(seed, &format!("{}, {}", clients(500.0), boxes.join(", ")), &wires)
    };
    for (place, (id, time_ms)) in stages.iter().enumerate() {
        let load = 0.5 * time_ms;
        let theory = load / (1.0 - load) * time_ms;
        close(&format!("{id} at {load}"), mean(6, 200, build, |plant| wait_ms(plant, 1 + place)), theory, 0.03);
    }
}

/// Oracle: Little (1961), L = λ W, which holds for every run of anything. L is counted by looking again and again at how many have no
/// answer yet, W is what the answered say.
#[test]
fn at_every_kind_those_who_wait_are_the_rate_times_the_wait() {
    const SECONDS: u64 = 20;
    let look = Span::from_micros(500);
    let mut judged = 0;
    for kind in catalog::schema().kinds.iter().filter(|kind| kind.ports.accepts) {
        let scenario = Scenario { length: Span::from_secs(SECONDS), ..alone(kind, 100.0) };
        let mut plant = Plant::build(&scenario).expect("a valid design can be built");
        let (mut looks, mut open) = (0_u64, 0_u64);
        while plant.now() < Time::ZERO + scenario.length {
            let until = plant.now() + look;
            while plant.run_before(until, 100_000).expect("within budget").more {}
            plant.clear_records();
            let count = plant.meter(0).count;
            (looks, open) = (looks + 1, open + count.arrived - count.ended());
        }
        let count = plant.meter(0).count;
        // Only the answered say how long it took.
        if count.ok * 100 < count.arrived * 99 {
            println!("{}: {count:?} says too little", kind.slug);
            continue;
        }
        judged += 1;
        // A quantile is the upper end of its bucket, 1% too high on average.
        let theory = count.ok as f64 / SECONDS as f64 * latency_ms(&plant, 0) / 1e3;
        close(&kind.slug, open as f64 / looks as f64, theory, 0.04);
    }
    assert!(judged >= 25, "only {judged} kinds answer nearly everything");
}

/// Oracle: the slowest of n is above t with chance 1 - (1 - p)^n, so its quantile q is where one of them has q^(1/n).
#[test]
fn scattering_to_more_makes_the_tail_of_one_the_middle_of_all() {
    for n in [1_u32, 4, 10] {
        let leaves: Vec<String> = (0..n).map(|leaf| format!("leaf-{leaf}")).collect();
        let each = r#""kind": "third-party", "time_ms": 10, "time_law": "exponential""#;
        let boxes: String = leaves.iter().map(|leaf| format!(r#", {{ "id": "{leaf}", {each} }}"#)).collect();
        let gateway = r#", { "id": "gateway", "kind": "gateway", "auth": "off" }"#;
        let mut wires = vec![("clients", "gateway")];
        wires.extend(leaves.iter().map(|leaf| ("gateway", leaf.as_str())));
        let mut plant = plant(3, &format!("{}{gateway}{boxes}", clients(400.0)), &wires);
        graphs::to(&mut plant, Span::from_secs(60));
        for q in [0.5, 0.9, 0.99] {
            let theory = -10.0 * libm::log(1.0 - libm::pow(q, 1.0 / f64::from(n)));
            let measured = plant.meter(0).quantile(q).expect("there were answers").as_secs_f64() * 1e3;
            close(&format!("{n} leaves, quantile {q}"), measured, theory, 0.05);
        }
    }
}

/// Oracle: in a row all must be there, a1 a2 a3; beside each other one is enough, 1 - (1 - a1)(1 - a2).
#[test]
fn availability_multiplies_in_a_row_and_its_lack_beside_each_other() {
    let failing = |id: &str, percent: f64| service(id, 0.1, &format!(r#", "fails_percent": {percent}"#));
    let measured = |plant: &Plant| plant.meter(0).count.ok as f64 / plant.meter(0).count.ended() as f64;
    let build = |seed| {
        let boxes = [failing("a", 10.0), failing("b", 5.0), failing("c", 20.0)].join(", ");
        plant(seed, &format!("{}, {boxes}", clients(500.0)), &[("clients", "a"), ("a", "b"), ("b", "c")])
    };
    close("in a row", mean(4, 100, build, measured), 0.9 * 0.95 * 0.8, 0.01);

    let build = |seed| {
        let mut scenario = Scenario { seed, length: Span::from_secs(100), ..Scenario::default() };
        scenario.boxes = vec![set("clients", "clients", &[("rate", 500.0)]), set("balancer", "balancer", &[])];
        let half = [("fails_percent", 30.0), ("time_ms", 0.1)];
        scenario.boxes.extend([set("left", "service", &half), set("right", "service", &half)]);
        let again = |from, to| set_wire(graphs::wire(from, to), &[("retries", 1.0), ("backoff_ms", 0.0)]);
        scenario.wires =
            vec![again("clients", "balancer"), graphs::wire("balancer", "left"), graphs::wire("balancer", "right")];
        Plant::build(&scenario).expect("a valid design can be built")
    };
    let lack = 1.0 - mean(4, 100, build, measured);
    close("beside each other", lack, 0.3 * 0.3, 0.03);
}

fn set_wire(mut wire: Wire, numbers: &[(&str, f64)]) -> Wire {
    for (name, number) in numbers {
        let at = catalog::schema().wire.iter().position(|field| field.name == *name).expect("a known field");
        wire.config[at] = scenario::Value::Number(*number);
    }
    wire
}
