use syntax::{Mode, ParseOptions};
fn main() {
    let seed0: u64 = std::env::args().nth(1).unwrap().parse().unwrap();
    let n: usize = std::env::args().nth(2).unwrap().parse().unwrap();
    let frag: Vec<&str> = "( ) [ ] { } , : ; . ... ! @ -> + - * / ** // % | & ^ ~ << >> < > = == != <> <= := += and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield match case type _ print x y foo None True 1 0 1.5 2j 0x1f 07 'a' \"b\" b'c' f'{x}' f\"a{x!r:>{y}}b\" t'{x}' '''x''' f'{ } f\" ' \" \\ # $ ? é “ 0xg 1e *x **x \n \t \n\t f''' ''' \"\"\" {{ }} \\N{ \\x \\u12 \r \u{c} \u{feff} _ \\\n 𝒳 ﬁ İ".split(' ').collect();
    let t = std::thread::Builder::new()
        .stack_size(2 << 20)
        .spawn(move || {
            let mut seed = seed0;
            let mut random = |limit: usize| {
                seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                (seed >> 33) as usize % limit
            };
            let mut ok = 0;
            for _ in 0..n {
                let mut text = String::new();
                for _ in 0..1 + random(10) {
                    let k = 1 + random(3);
                    let mut piece = String::new();
                    for _ in 0..k {
                        piece.push_str(frag[random(frag.len())]);
                        if random(2) == 0 {
                            piece.push(' ')
                        }
                    }
                    let times = if random(12) == 0 { 1 + random(40) } else { 1 };
                    text.push_str(&piece.repeat(times));
                    if random(8) == 0 {
                        text.push_str(["\n", "\n ", "\n  "][random(3)])
                    }
                }
                for mode in [Mode::Exec, Mode::Eval, Mode::Single, Mode::FuncType] {
                    let options = ParseOptions {
                        type_comments: true,
                        allow_incomplete: random(2) == 0,
                        dont_imply_dedent: random(2) == 0,
                        ..ParseOptions::new(mode)
                    };
                    if let Ok(p) = syntax::parse(&text, &options) {
                        ok += 1;
                        if let syntax::ast::Mod::Expression(e) = &p.module {
                            let _ = syntax::unparse_expr(&e.body, &p.source);
                        }
                    }
                }
                let _ = syntax::decode_source(text.as_bytes());
                for extra_tokens in [true, false] {
                    let mut tk = syntax::tokenizer::Tokenizer::new(&text, syntax::tokenizer::Options { extra_tokens });
                    for _ in 0..text.len() + 20 {
                        let _ = tk.next_token();
                    }
                }
            }
            println!("ok {ok}");
        })
        .unwrap();
    t.join().unwrap();
}
