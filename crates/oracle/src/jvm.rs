//! The real Groovy: finds Java and the jars of the system's `groovy` package, compiles our harness once, keeps one
//! process and starts it anew when a script does not end.

use std::collections::hash_map::DefaultHasher;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::{Answer, Request};

/// Our harness and the stand-ins for the script API; each compilation unit starts with its `package` line.
const SOURCES: [&str; 4] = [
    include_str!("../jvm/Message.java"),
    include_str!("../jvm/Services.java"),
    include_str!("../jvm/Harness.java"),
    include_str!("../jvm/Timing.java"),
];

/// Where systems put the jars of Groovy 2.4.
const GROOVY: [&str; 3] = ["/usr/share/groovy/lib", "/usr/share/java", "/opt/groovy/lib"];

/// Java writes indented XML as Java 8 did only with this.
const XALAN: [&str; 2] = ["/usr/share/java/xalan2.jar", "/usr/share/java/serializer.jar"];

/// Why there is no real Groovy to ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unavailable(pub String);

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the real Groovy is not there ({}); install the packages `groovy` and a JDK 11 to 17", self.0)
    }
}

impl std::error::Error for Unavailable {}

fn no(why: impl fmt::Display) -> Unavailable {
    Unavailable(why.to_string())
}

/// The real Groovy.
pub struct Jvm {
    java: PathBuf,
    class_path: String,
    xalan: bool,
    running: Option<Running>,
}

struct Running {
    child: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Jvm {
    /// Finds everything and compiles the harness.
    ///
    /// # Errors
    /// Java, its compiler or the jars are missing, or the harness does not compile.
    pub fn find() -> Result<Jvm, Unavailable> {
        let home = homes().into_iter().find(|h| suits(h)).ok_or_else(|| no("no JDK from 11 to 17"))?;
        let jars = GROOVY
            .iter()
            .map(Path::new)
            .find(|d| d.join("groovy-2.4.21.jar").exists() || d.join("groovy.jar").exists())
            .ok_or_else(|| no("no jars of Groovy 2.4"))?;
        let xalan = XALAN.iter().all(|jar| Path::new(jar).exists());
        let mut path = format!("{}/*", jars.display());
        if xalan {
            path = format!("{path}:{}", XALAN.join(":"));
        }
        let classes = compile(&home, &path)?;
        let class_path = format!("{}:{path}", classes.display());
        Ok(Jvm { java: home.join("bin/java"), class_path, xalan, running: None })
    }

    /// Runs a script with all its inputs.
    ///
    /// # Errors
    /// The process cannot be started, or ends in the midst of an answer.
    pub fn ask(&mut self, request: &Request) -> Result<Answer, Unavailable> {
        let line = serde_json::to_string(request).map_err(no)?;
        let mut running = match self.running.take() {
            Some(running) => running,
            None => self.start()?,
        };
        let mut answer = String::new();
        let sent = writeln!(running.requests, "{line}").and_then(|()| running.requests.flush());
        sent.and_then(|()| running.answers.read_line(&mut answer)).map_err(no)?;
        let answer: Answer = serde_json::from_str(&answer).map_err(|e| no(format!("no answer: {e}")))?;
        if !answer.stuck {
            self.running = Some(running);
        }
        Ok(answer)
    }

    /// What a script costs that sets the header `Route` by the header `OrderId`, in microseconds: the first call, which
    /// compiles it in a process that runs already, and so many following ones.
    ///
    /// # Errors
    /// The process cannot be started, or the script does not do that.
    pub fn time(&self, source: &str, calls: usize) -> Result<Vec<f64>, Unavailable> {
        let mut command = Command::new(&self.java);
        command.arg("-cp").arg(&self.class_path).arg("oracle.Timing").arg(calls.to_string());
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(no)?;
        // Dropped with its end, so that the script ends too.
        child.stdin.take().ok_or_else(|| no("java has no pipes"))?.write_all(source.as_bytes()).map_err(no)?;
        let output = child.wait_with_output().map_err(no)?;
        let times: Vec<f64> = String::from_utf8_lossy(&output.stdout)
            .lines()
            .filter_map(|line| line.parse::<f64>().ok())
            .map(|nanoseconds| nanoseconds / 1_000.0)
            .collect();
        if times.len() == calls + 1 { Ok(times) } else { Err(no(String::from_utf8_lossy(&output.stderr).trim())) }
    }

    fn start(&self) -> Result<Running, Unavailable> {
        let mut command = Command::new(&self.java);
        // Java 8's names of months and zones; no Java 17 texts for null pointers; little memory for the compiler.
        command.args([
            "-Xss1m",
            "-Xmx1g",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-XX:-ShowCodeDetailsInExceptionMessages",
            "-Djava.security.manager=allow",
            "-Duser.timezone=UTC",
            "-Duser.language=en",
            "-Duser.country=US",
            "-Dfile.encoding=UTF-8",
            "-Djava.locale.providers=COMPAT,CLDR",
            "--add-opens=java.base/java.lang=ALL-UNNAMED",
            "--add-opens=java.base/java.util=ALL-UNNAMED",
            "--add-opens=java.base/java.io=ALL-UNNAMED",
            "--add-opens=java.base/java.net=ALL-UNNAMED",
            "--add-opens=java.base/java.text=ALL-UNNAMED",
            "--add-opens=java.base/java.time=ALL-UNNAMED",
            "--add-opens=java.base/java.math=ALL-UNNAMED",
            "--add-opens=java.base/java.security=ALL-UNNAMED",
            "--add-opens=java.base/sun.nio.cs=ALL-UNNAMED",
            "--add-opens=java.base/javax.crypto=ALL-UNNAMED",
            "--add-opens=java.xml/com.sun.org.apache.xerces.internal.jaxp=ALL-UNNAMED",
            "--add-opens=java.xml/com.sun.org.apache.xerces.internal.dom=ALL-UNNAMED",
            "--add-opens=java.xml/com.sun.org.apache.xpath.internal.jaxp=ALL-UNNAMED",
            "--add-opens=java.xml/com.sun.org.apache.xalan.internal.xsltc.trax=ALL-UNNAMED",
        ]);
        if self.xalan {
            let factory = "org.apache.xalan.xsltc.trax.TransformerFactoryImpl";
            command.arg(format!("-Djavax.xml.transform.TransformerFactory={factory}"));
        }
        command.arg("-cp").arg(&self.class_path).arg("oracle.Harness");
        let mut child = command
            .current_dir(std::env::temp_dir())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|e| no(format!("java does not start: {e}")))?;
        let (requests, answers) = (child.stdin.take(), child.stdout.take());
        let (Some(requests), Some(answers)) = (requests, answers) else { return Err(no("java has no pipes")) };
        let mut running = Running { child, requests, answers: BufReader::new(answers) };
        let mut first = String::new();
        running.answers.read_line(&mut first).map_err(no)?;
        if first.trim() == "ready" { Ok(running) } else { Err(no("the harness does not start")) }
    }
}

/// Folders that may hold Java: `JAVA_HOME`, what `PATH` finds, what the system has installed.
fn homes() -> Vec<PathBuf> {
    let mut homes: Vec<PathBuf> = std::env::var_os("JAVA_HOME").map(PathBuf::from).into_iter().collect();
    for folder in std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()) {
        let java = folder.join("java").canonicalize().ok();
        homes.extend(java.and_then(|j| j.parent()?.parent().map(Path::to_path_buf)));
    }
    let mut installed: Vec<PathBuf> =
        std::fs::read_dir("/usr/lib/jvm").into_iter().flatten().flatten().map(|e| e.path()).collect();
    installed.sort();
    homes.extend(installed);
    homes
}

/// A JDK of the right age: the compiler is there, scripts can be fenced in, old classes can be opened.
fn suits(home: &Path) -> bool {
    if !home.join("bin/javac").exists() {
        return false;
    }
    let Ok(output) = Command::new(home.join("bin/java")).arg("-version").output() else { return false };
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let version = text.split('"').nth(1).and_then(|v| v.split('.').next()).and_then(|v| v.parse::<u32>().ok());
    version.is_some_and(|v| (11..=17).contains(&v))
}

/// Compiles the harness into a folder that is named after its sources, unless that was done before.
fn compile(home: &Path, class_path: &str) -> Result<PathBuf, Unavailable> {
    let mut hash = DefaultHasher::new();
    (SOURCES, class_path, home).hash(&mut hash);
    // Tests run in the folder of their crate; a relative folder means one of the workspace.
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let target = root.join(std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()));
    std::fs::create_dir_all(&target).map_err(no)?;
    // The fence compares real paths.
    let target = target.canonicalize().map_err(no)?;
    let folder = target.join("oracle").join(format!("{:016x}", hash.finish()));
    if folder.exists() {
        return Ok(folder);
    }
    let build = folder.with_extension(std::process::id().to_string());
    let mut files = Vec::new();
    for unit in SOURCES.iter().flat_map(|s| units(s)) {
        let (package, name) = place(&unit).ok_or_else(|| no("a source of the harness has no package or class"))?;
        let file = build.join("src").join(package.replace('.', "/")).join(format!("{name}.java"));
        std::fs::create_dir_all(file.parent().unwrap_or(&build)).map_err(no)?;
        std::fs::write(&file, unit).map_err(no)?;
        files.push(file);
    }
    let output = Command::new(home.join("bin/javac"))
        .args(["-nowarn", "-encoding", "UTF-8", "-cp", class_path, "-d"])
        .arg(build.join("classes"))
        .args(&files)
        .output()
        .map_err(|e| no(format!("javac does not start: {e}")))?;
    if !output.status.success() {
        return Err(no(format!("the harness does not compile: {}", String::from_utf8_lossy(&output.stderr))));
    }
    // Whoever comes second finds the folder of the first: the same sources.
    if std::fs::rename(build.join("classes"), &folder).is_err() && !folder.exists() {
        return Err(no("the compiled harness cannot be put in its place"));
    }
    let _ = std::fs::remove_dir_all(&build);
    Ok(folder)
}

fn units(bundle: &str) -> Vec<String> {
    let mut units: Vec<String> = Vec::new();
    for line in bundle.lines() {
        if line.starts_with("package ") {
            units.push(String::new());
        }
        if let Some(unit) = units.last_mut() {
            unit.push_str(line);
            unit.push('\n');
        }
    }
    units
}

/// Package and name of the public class of a compilation unit.
fn place(unit: &str) -> Option<(String, String)> {
    let package = unit.lines().next()?.strip_prefix("package ")?.trim_end_matches(';').to_owned();
    let class =
        unit.lines().find_map(|l| l.strip_prefix("public class ").or_else(|| l.strip_prefix("public interface ")))?;
    let name = class.split(|c: char| !c.is_alphanumeric() && c != '_').next()?.to_owned();
    Some((package, name))
}
