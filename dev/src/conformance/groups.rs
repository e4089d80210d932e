//! Which of CPython's test modules are run, in groups.

use crate::{read, root};

/// The modules of a group of `tests/conformance/groups.txt`, without `test_`; `all`: of all groups.
pub fn members(group: &str) -> Result<Vec<String>, String> {
    let text = read(&root().join("tests/conformance/groups.txt"))?;
    let (mut members, mut names, mut inside) = (Vec::new(), Vec::new(), group == "all");
    for line in text.lines().map(|line| line.split('#').next().unwrap_or("").trim()) {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            inside = group == "all" || name == group;
            names.push(name.to_owned());
        } else if inside {
            members.extend(line.split_whitespace().map(str::to_owned));
        }
    }
    if members.is_empty() {
        return Err(format!("no group {group}; there are all, {}", names.join(", ")));
    }
    members.sort();
    members.dedup();
    Ok(members)
}
