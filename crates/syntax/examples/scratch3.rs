fn main() {
    let mut texts = Vec::new();
    let mut stack = vec![std::path::PathBuf::from(std::env::args().nth(1).unwrap())];
    let what = std::env::args().nth(2).unwrap();
    while let Some(d) = stack.pop() {
        for e in std::fs::read_dir(d).unwrap().flatten() {
            let p = e.path();
            if p.is_dir() {
                stack.push(p)
            } else if p.extension().is_some_and(|x| x == "py") {
                if let Ok(t) = std::fs::read_to_string(&p) {
                    texts.push((p, t))
                }
            }
        }
    }
    for _ in 0..4 {
        for (_, s) in &texts {
            match what.as_str() {
                "ours" => {
                    let _ = syntax::parse(s, &syntax::ParseOptions::new(syntax::Mode::Exec));
                }
                "ruff" => {
                    let _ = ruff_python_parser::parse_module(s);
                }
                _ => {}
            }
        }
    }
}
