use syntax::{Mode, ParseOptions};
fn main() {
    let seed0: u64 = std::env::args().nth(1).unwrap().parse().unwrap();
    let n: usize = std::env::args().nth(2).unwrap().parse().unwrap();
    let frag: Vec<&str> = "( ) [ ] { } , : ; . ... ! @ -> + - * / ** // % | & ^ ~ << >> < > = == != <> <= := += and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield match case type _ print x y foo None True 1 0 1.5 2j 0x1f 07 'a' \"b\" b'c' f'{x}' f\"a{x!r:>{y}}b\" t'{x}' '''x''' f'{ } f\" ' \" \\ # $ ? é “ 0xg 1e *x **x \n \t \n\t f''' ''' \"\"\" {{ }} \\N{ \\x \\u12 \r \u{c} \u{feff} \u{0} _ \\\n".split(' ').collect();
    let t = std::thread::Builder::new().stack_size(2 << 20).spawn(move || {
        let mut seed = seed0;
        let mut random = |limit: usize| {
            seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (seed >> 33) as usize % limit
        };
        let (mut ok, mut slow) = (0, 0.0f64);
        for _ in 0..n {
            let mut text = String::new();
            for _ in 0..1 + random(14) {
                let k = 1 + random(3);
                let mut piece = String::new();
                for _ in 0..k { piece.push_str(frag[random(frag.len())]); if random(2) == 0 { piece.push(' ') } }
                let times = if random(12) == 0 { 1 + random(200) } else { 1 };
                text.push_str(&piece.repeat(times));
                if random(8) == 0 { text.push_str(["\n", "\n ", "\n  "][random(3)]) }
            }
            for mode in [Mode::Exec, Mode::Eval, Mode::Single, Mode::FuncType] {
                let options = ParseOptions { allow_incomplete: random(2) == 0, dont_imply_dedent: random(2) == 0, ..ParseOptions::new(mode) };
                let t = std::time::Instant::now();
                if std::env::var("TRACE").is_ok() { eprintln!("{mode:?} {text:?}"); }
                if let Ok(p) = syntax::parse(&text, &options) {
                    ok += 1;
                    if let syntax::ast::Mod::Expression(e) = &p.module { let _ = syntax::unparse_expr(&e.body, &p.source); }
                }
                let e = t.elapsed().as_secs_f64();
                if e > slow { slow = e; println!("{e:.3} {mode:?} {text:?}"); }
            }
            let mut tk = syntax::tokenizer::Tokenizer::new(&text, syntax::tokenizer::Options { extra_tokens: true });
            while let Ok(t) = tk.next_token() { if t.kind == syntax::tokenizer::TokenKind::EndMarker { break } }
        }
        println!("ok {ok}");
    }).unwrap();
    t.join().unwrap();
}
