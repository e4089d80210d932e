fn cpu() -> f64 { std::fs::read_to_string("/proc/thread-self/schedstat").unwrap().split(' ').next().unwrap().parse::<f64>().unwrap() / 1e9 }
struct Instant(f64); impl Instant { fn now() -> Self { Instant(cpu()) } fn elapsed(&self) -> std::time::Duration { std::time::Duration::from_secs_f64(cpu() - self.0) } }
use syntax::{Mode, ParseOptions};
fn main() {
    let mut texts = Vec::new();
    let mut stack = vec![std::path::PathBuf::from("/opt/peers/lib/stdlib3.14")];
    while let Some(d) = stack.pop() {
        for e in std::fs::read_dir(d).unwrap().flatten() {
            let p = e.path();
            if p.is_dir() { stack.push(p) } else if p.extension().is_some_and(|x| x == "py") {
                if let Ok(t) = std::fs::read_to_string(&p) { texts.push((p, t)) }
            }
        }
    }
    let bytes: usize = texts.iter().map(|t| t.1.len()).sum();
    println!("{} files {} MB", texts.len(), bytes as f64 / 1e6);
    let mut bad = 0;
    for _ in 0..5 {
        bad = 0;
        let t = Instant::now();
        for (p, s) in &texts {
            if let Err(e) = syntax::parse(s, &ParseOptions::new(Mode::Exec)) { bad += 1; println!("{} {} {}", p.display(), e.lineno, e.msg); }
        }
        let ours = t.elapsed().as_secs_f64();
        let t = Instant::now();
        for (_, s) in &texts { let _ = ruff_python_parser::parse_module(s); }
        let ruff = t.elapsed().as_secs_f64();
        println!("ours {ours:.3} ruff {ruff:.3} +{:.1}%", (ours / ruff - 1.0) * 100.0);
    }
    println!("bad {bad}");
}
