fn main() {
    let arg = std::env::args().nth(1).unwrap();
    if arg == "names" {
        let (mut bad, mut n) = (0, 0);
        for line in std::fs::read_to_string("/tmp/syn/names.txt").unwrap().lines() {
            let (name, cp) = line.split_once('\t').unwrap();
            let src = format!("'\\N{{{name}}}'");
            n += 1;
            match syntax::parse(&src, &syntax::ParseOptions::new(syntax::Mode::Eval)) {
                Ok(p) => {
                    let syntax::ast::Mod::Expression(e) = &p.module else { panic!() };
                    let syntax::ast::Expr::StringLiteral(s) = &*e.body else { panic!() };
                    let want = char::from_u32(cp.parse().unwrap()).unwrap().to_string();
                    if &*syntax::string_literal_value(&p.source, s) != want.as_bytes() {
                        println!("VALUE {name} {cp}");
                        bad += 1;
                    }
                }
                Err(e) => {
                    if bad < 40 { println!("{name} {cp} {}", e.msg); }
                    bad += 1;
                }
            }
        }
        println!("{bad} of {n}");
        return;
    }
}
