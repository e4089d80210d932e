//! Runs programs under the Python that is judged.

use std::io::Read;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A Python: a program and its first arguments.
#[derive(Clone, Debug)]
pub struct Python(Vec<String>);

impl Python {
    /// The one that is judged: `given`, or `$TAIPAN`, or the newest that was built here.
    pub fn judged(given: Option<String>) -> Result<Python, String> {
        if let Some(command) = given.or_else(|| std::env::var("TAIPAN").ok()) {
            return Python::parse(&command);
        }
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| crate::root().join("target"), PathBuf::from);
        let built = ["release", "debug"].map(|profile| target.join(profile).join("taipan"));
        let age = |path: &PathBuf| path.metadata().and_then(|meta| meta.modified()).ok();
        match built.into_iter().filter(|path| path.exists()).max_by_key(age) {
            Some(path) => Ok(Python(vec![path.to_string_lossy().into_owned()])),
            None => Err("there is no taipan yet: cargo build --release".into()),
        }
    }

    /// The CPython 3.14 whose behaviour is recorded.
    pub fn reference() -> Result<Python, String> {
        match std::env::var("TAIPAN_REFERENCE") {
            Ok(command) => Python::parse(&command),
            Err(_) => Err("TAIPAN_REFERENCE names no CPython 3.14 to record from".into()),
        }
    }

    fn parse(command: &str) -> Result<Python, String> {
        let mut words: Vec<String> = command.split_whitespace().map(str::to_owned).collect();
        // The child runs in another folder.
        match words.first_mut() {
            Some(program) if program.contains('/') => {
                *program = std::fs::canonicalize(&program)
                    .map_err(|why| format!("{program}: {why}"))?
                    .to_string_lossy()
                    .into();
            }
            Some(_) => {}
            None => return Err("an empty command".into()),
        }
        Ok(Python(words))
    }

    /// A command that runs it, free of what the caller's environment says about Python.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.0[0]);
        command.args(&self.0[1..]);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("PYTHON") {
                command.env_remove(name);
            }
        }
        command.env_remove("LC_ALL").env("LANG", "C.UTF-8");
        command
    }
}

/// How a child ended.
#[derive(Clone, Debug, Default)]
pub struct Ended {
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    /// The exit status; `None`: it ran too long and was killed.
    pub status: Option<i32>,
}

/// Runs a child in a process group of its own, which is killed at the end: nothing of it stays.
pub fn run(mut command: Command, limit: Duration) -> Result<Ended, String> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
    let mut child = command.spawn().map_err(|why| format!("{:?}: {why}", command.get_program()))?;
    let collect = |stream: Option<Box<dyn Read + Send>>| {
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            if let Some(mut stream) = stream {
                let _ = stream.read_to_end(&mut bytes);
            }
            bytes
        })
    };
    let stdout = collect(child.stdout.take().map(|stream| Box::new(stream) as _));
    let stderr = collect(child.stderr.take().map(|stream| Box::new(stream) as _));
    let status = wait(&mut child, limit)?;
    Ok(Ended { stdout: stdout.join().unwrap_or_default(), stderr: stderr.join().unwrap_or_default(), status })
}

/// Waits for a child that leads a process group, then kills the group.
fn wait(child: &mut Child, limit: Duration) -> Result<Option<i32>, String> {
    use std::os::unix::process::ExitStatusExt;
    let end = Instant::now() + limit;
    let mut pause = Duration::from_millis(1);
    let status = loop {
        match child.try_wait().map_err(|why| why.to_string())? {
            Some(status) => break Some(status.code().unwrap_or_else(|| -status.signal().unwrap_or(0))),
            None if Instant::now() >= end => break None,
            None => {
                std::thread::sleep(pause);
                pause = (pause * 2).min(Duration::from_millis(50));
            }
        }
    };
    if let Ok(group) = i32::try_from(child.id()) {
        // SAFETY: signals the group that the child was made the leader of.
        unsafe { libc::killpg(group, libc::SIGKILL) };
    }
    let _ = child.wait();
    Ok(status)
}

/// A new folder for a child, removed when dropped.
pub struct Scratch(PathBuf);

impl Scratch {
    /// An empty folder.
    pub fn new() -> Result<Scratch, String> {
        use std::sync::atomic::{AtomicUsize, Ordering};
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("taipan-dev-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).map_err(|why| format!("{}: {why}", path.display()))?;
        Ok(Scratch(path))
    }

    /// Where it is.
    pub fn path(&self) -> &std::path::Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Does the work for all items on `jobs` threads; results come in the order of the items.
pub fn parallel<T: Sync, R: Send>(items: &[T], jobs: usize, work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicUsize, Ordering};
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(items.len()));
    std::thread::scope(|scope| {
        for _ in 0..jobs.clamp(1, items.len().max(1)) {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(number) else { break };
                    let result = work(item);
                    done.lock().expect("workers do not panic with the lock").push((number, result));
                }
            });
        }
    });
    let mut done = done.into_inner().expect("no worker panicked");
    done.sort_by_key(|(number, _)| *number);
    done.into_iter().map(|(_, result)| result).collect()
}
