fn main() {
    let secs: u64 = std::env::args().nth(1).map_or(100, |s| s.parse().unwrap());
    let mm1 = std::env::args().nth(2).is_some();
    let s = if mm1 { bench::models::m_m_c(1, 0.9, 1.0, 1, base::Span::from_secs(secs)) } else { bench::models::tiers(1, base::Span::from_secs(secs)) };
    let mut session = session::Session::open(s);
    session.handle(session::Command::Speed(0.0)).unwrap();
    session.handle(session::Command::Play).unwrap();
    let t = std::time::Instant::now();
    while session.advance(8192) {}
    let dt = t.elapsed().as_secs_f64();
    let r = session.report().unwrap();
    println!("events {} in {dt:.3}s = {:.2} M/s digest {}", r.events, r.events as f64 / dt / 1e6, r.digest);
    for b in &r.boxes { println!("{} {:?}", b.id, b.figures); }
    for v in &r.verdicts { println!("{:?} {} | {}", v.finding, v.headline, v.detail); }
}
