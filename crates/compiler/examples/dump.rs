// temporary: compile server for a Python emulator
use bytecode::*;
use std::io::{BufRead, Read, Write};
fn js(s: &str) -> String {
    let mut o = String::from("\"");
    for c in s.chars() {
        match c {
            '"' => o.push_str("\\\""),
            '\\' => o.push_str("\\\\"),
            c if (c as u32) < 32 || (c as u32) == 127 => o.push_str(&format!("\\u{:04x}", c as u32)),
            c => o.push(c),
        }
    }
    o.push('"');
    o
}
fn hex(b: &[u8]) -> String {
    b.iter().map(|b| format!("{b:02x}")).collect()
}
fn k(c: &Const) -> String {
    match c {
        Const::None => "[\"n\"]".into(),
        Const::Bool(b) => format!("[\"b\",{}]", *b as u8),
        Const::Ellipsis => "[\"e\"]".into(),
        Const::Int(i) => format!("[\"i\",\"{i}\"]"),
        Const::BigInt { negative, magnitude } => format!("[\"I\",{},\"{}\"]", *negative as u8, hex(magnitude)),
        Const::Float(f) => format!("[\"f\",\"{:016x}\"]", f.to_bits()),
        Const::Complex(a, b) => format!("[\"c\",\"{:016x}\",\"{:016x}\"]", a.to_bits(), b.to_bits()),
        Const::Str(s) => format!("[\"s\",\"{}\"]", hex(s)),
        Const::Bytes(s) => format!("[\"y\",\"{}\"]", hex(s)),
        Const::Tuple(t) => format!("[\"t\",[{}]]", t.iter().map(k).collect::<Vec<_>>().join(",")),
        Const::FrozenSet(t) => format!("[\"fs\",[{}]]", t.iter().map(k).collect::<Vec<_>>().join(",")),
        Const::Slice(t) => format!("[\"sl\",[{}]]", t.iter().map(k).collect::<Vec<_>>().join(",")),
        Const::Code(u) => format!("[\"code\",{}]", unit(u)),
    }
}
fn unit(u: &CodeUnit) -> String {
    let strs = |v: &[Box<str>]| v.iter().map(|s| js(s)).collect::<Vec<_>>().join(",");
    let code =
        u.code.iter().map(|i| format!("[{},{},{},{},{}]", i.op, i.flags, i.a, i.b, i.c)).collect::<Vec<_>>().join(",");
    let ex = u
        .exceptions
        .iter()
        .map(|e| format!("[{},{},{},{}]", e.start, e.end, e.target, e.reg))
        .collect::<Vec<_>>()
        .join(",");
    let lines = u
        .lines
        .runs()
        .flat_map(|(n, p)| std::iter::repeat_n(p.line, n))
        .map(|l| l.to_string())
        .collect::<Vec<_>>()
        .join(",");
    let poss = u
        .lines
        .runs()
        .flat_map(|(n, p)| std::iter::repeat_n(p, n))
        .map(|p| format!("[{},{},{},{}]", p.line, p.end_line, p.col as i32, p.end_col as i32))
        .collect::<Vec<_>>()
        .join(",");
    format!(
        "{{\"name\":{},\"qualname\":{},\"filename\":{},\"first_line\":{},\"flags\":{},\"argcount\":{},\"posonly\":{},\"kwonly\":{},\"locals\":[{}],\"kinds\":[{}],\"registers\":{},\"consts\":[{}],\"names\":[{}],\"code\":[{}],\"ex\":[{}],\"lines\":[{}],\"pos\":[{}]}}",
        js(&u.name),
        js(&u.qualname),
        js(&u.filename),
        u.first_line,
        u.flags.0,
        u.argcount,
        u.posonlyargcount,
        u.kwonlyargcount,
        strs(&u.locals),
        u.local_kinds.iter().map(|k| (*k as u8).to_string()).collect::<Vec<_>>().join(","),
        u.registers,
        u.consts.iter().map(k).collect::<Vec<_>>().join(","),
        strs(&u.names),
        code,
        ex,
        lines,
        poss
    )
}
fn main() {
    let names: Vec<String> = (0..Op::COUNT as u8).map(|n| js(Op::from_u8(n).unwrap().info().name)).collect();
    let mut out = std::io::stdout().lock();
    writeln!(out, "[{}]", names.join(",")).unwrap();
    out.flush().unwrap();
    let mut input = std::io::stdin().lock();
    loop {
        let mut head = String::new();
        if input.read_line(&mut head).unwrap() == 0 {
            break;
        }
        let f: Vec<&str> = head.trim_end().split('\t').collect();
        let n: usize = f[0].parse().unwrap();
        let mut text = vec![0; n];
        input.read_exact(&mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        let (pm, m) = match f[1] {
            "eval" => (syntax::Mode::Eval, compiler::Mode::Eval),
            "single" => (syntax::Mode::Single, compiler::Mode::Single),
            _ => (syntax::Mode::Exec, compiler::Mode::Exec),
        };
        let mut po = syntax::ParseOptions::new(pm);
        po.filename = f[2].into();
        po.future_flags = f[3].parse().unwrap();
        let optimize: u8 = f[4].parse().unwrap();
        let opts = compiler::CompileOptions {
            filename: f[2].into(),
            mode: m,
            optimize,
            future_flags: po.future_flags,
            top_level_await: f[5] == "1",
        };
        let r = syntax::parse(&text, &po).and_then(|p| compiler::compile(&p, &opts).map(|(u, w)| (u, w)));
        let line = match r {
            Ok((u, w)) => {
                let bytes = encode(&u);
                let back = decode(&bytes).unwrap();
                let v = match verify(&back) {
                    Ok(()) => "null".into(),
                    Err(e) => js(&e.to_string()),
                };
                let w = w
                    .iter()
                    .map(|w| format!("[{},{},{},{},{}]", js(&w.msg), w.lineno, w.offset, w.end_lineno, w.end_offset))
                    .collect::<Vec<_>>()
                    .join(",");
                format!("{{\"unit\":{},\"warnings\":[{}],\"verify\":{}}}", unit(&back), w, v)
            }
            Err(e) => format!(
                "{{\"error\":[{},{},{},{},{},{},{}]}}",
                js(&e.msg),
                e.lineno,
                e.offset,
                e.end_lineno,
                e.end_offset,
                e.text.as_ref().map_or("null".into(), |t| js(t)),
                js(&format!("{:?}", e.kind))
            ),
        };
        writeln!(out, "{line}").unwrap();
        out.flush().unwrap();
    }
}
