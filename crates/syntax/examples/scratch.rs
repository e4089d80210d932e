use syntax::{Mode, ParseOptions};
fn main() {
    let t = std::thread::Builder::new().stack_size(2 << 20).spawn(|| {
    for part in [
        "-", "not ", "lambda: ", "lambda ", "x if ", "x if y else ", "** ", ".", ".a", "f'{", "f'{x:", "f'''{", "t'{", "'",
        "\"\"\"", "@", ":", "if x:", "if x: ", "else:", "(x for ", "x for x in ", "*", "**", "\\\n", "\\", "{**", "{*", "[*",
        "async ", "await ", "case ", "match ", "match x:\n case ", "del (", "import ", "from . ", "def f(a=", "class A(", "x[",
        "a, ", "= ", ":= ", "(a := ", "-> ", "a b ", "1_", "0x", "\u{e9}", "\u{a0}", "\u{201c}", "\x0c", "\t", "\r", "#", "$",
        "!", "<>", "yield ", "return ", "raise ", "try: ", "with a, ", "with (a, ", "print ", "exec ", "1 ", "x = ", "*a, ",
    ] {
        for n in [50, 3_000, 60_000] {
            let text = part.repeat(n);
            for mode in [Mode::Exec, Mode::Eval, Mode::Single, Mode::FuncType] {
                for allow_incomplete in [false, true] {
                    let options = ParseOptions { allow_incomplete, ..ParseOptions::new(mode) };
                    eprint!("{part:?} {n} {mode:?} ");
                    let t = std::time::Instant::now();
                    let r = syntax::parse(&text, &options);
                    let e = t.elapsed().as_secs_f64();
                    eprintln!("{e:.3} {}", match r { Ok(_) => "ok".into(), Err(e) => e.msg });
                }
            }
        }
    }}).unwrap();
    t.join().unwrap();
}
