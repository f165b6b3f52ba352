//! How fast histories are judged: 10,000 operations of 10 clients, natively. `cargo run --release -p check --example histories`

use base::{Rng, Time};
use check::history::model::Register;
use check::history::{Call, Judgement, STEPS_MAX, linearizable};

fn main() {
    for keys in [1, 8] {
        let mut rng = Rng::new(7);
        let mut now = [0_u64; 10];
        let mut held = vec![None; keys as usize];
        let mut moments: Vec<(u64, usize, u64)> = Vec::new();
        for _ in 0..1_000 {
            for (client, now) in now.iter_mut().enumerate() {
                let begin = *now + 1 + rng.below(3);
                let moment = begin + rng.below(60);
                *now = moment + rng.below(60);
                moments.push((moment, client, begin));
            }
        }
        moments.sort_unstable();
        let mut history = Vec::new();
        for (moment, client, begin) in moments {
            let key = rng.below(keys) as u32;
            let held = &mut held[key as usize];
            let op = match rng.below(3) {
                0 => Register::Write(rng.below(5)),
                1 => Register::Read(*held),
                _ => {
                    let from = Some(rng.below(5));
                    Register::Cas(from, Some(rng.below(5)), Some(from == *held))
                }
            };
            *held = check::history::model::Model::step(&op, held).expect("right");
            let ret = Some(Time(moment + rng.below(40)));
            history.push(Call { client: client as u32, key, call: Time(begin), ret, op });
        }
        judge(&format!("{keys} keys, in order"), &history);
        let at = (9_000..).find(|at| matches!(history[*at].op, Register::Read(_))).expect("a read");
        history[at].op = Register::Read(Some(99));
        judge(&format!("{keys} keys, one answer wrong"), &history);
    }
}

#[expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "measures the real time a judge takes")]
fn judge(what: &str, history: &[Call<Register>]) {
    let start = std::time::Instant::now();
    let verdict = linearizable(history, STEPS_MAX).expect("a history");
    let taken = start.elapsed();
    let said = match verdict {
        Judgement::Holds => "holds",
        Judgement::Broken(_) => "broken",
        Judgement::Unknown => "unknown",
    };
    println!("{what}: {said} after {:.0} ms, {} operations", taken.as_secs_f64() * 1e3, history.len());
}
