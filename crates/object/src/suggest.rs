//! "Did you mean": the known name that is most like a name.

use crate::Raised;
use crate::{Args, ValueExt, Vm};

/// The candidate that is most like a name, if one is like it: edit distance where a change of case costs half of another
/// change, as CPython's suggestions.
pub fn suggestion<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name: Vec<char> = name.chars().collect();
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let other: Vec<char> = candidate.chars().collect();
        let limit = (name.len() + other.len() + 3) * 2 / 6;
        let distance = edit_distance(&name, &other);
        if distance <= limit && best.is_none_or(|(known, _)| distance < known) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// `. Did you mean '...'?`, or nothing where no candidate is like the name.
pub fn did_you_mean<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    suggestion(name, candidates).map_or_else(String::new, |best| format!(". Did you mean '{best}'?"))
}

fn edit_distance(a: &[char], b: &[char]) -> usize {
    let cost = |x: char, y: char| match () {
        () if x == y => 0,
        () if x.eq_ignore_ascii_case(&y) => 1,
        () => 2,
    };
    let mut row: Vec<usize> = (0..=b.len()).map(|index| index * 2).collect();
    for (i, &x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = (i + 1) * 2;
        for (j, &y) in b.iter().enumerate() {
            let replaced = diagonal + cost(x, y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 2).min(row[j + 1] + 2);
        }
    }
    row[b.len()]
}

impl Vm {
    /// The TypeError for a keyword argument that a native function does not have; `names` are those that it has.
    #[cold]
    pub fn unexpected_keyword(&self, function: &str, keyword: &str, names: &[&str], args: Args) -> Raised {
        // A keyword whose class says that it equals a parameter's name, though its text is another.
        let odd = |key: &&crate::Value| key.cast::<crate::Str>().is_none() && self.as_str(**key).is_some();
        for key in args.kwnames.iter().flat_map(|kwnames| kwnames.items()).filter(odd) {
            for name in names {
                match self.eq(*key, self.intern(name).value()) {
                    Ok(false) => {}
                    Ok(true) => return self.type_error(format!("invalid keyword argument for {function}()")),
                    Err(raised) => return raised,
                }
            }
        }
        let hint = did_you_mean(keyword, names.iter().copied());
        self.type_error(format!("{function}() got an unexpected keyword argument '{keyword}'{hint}"))
    }
}
