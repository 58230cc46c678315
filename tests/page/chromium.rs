//! A headless Chromium, driven over a pipe by the `DevTools` protocol (messages in JSON, each ended by a NUL).

use std::io::{BufReader, BufWriter, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

/// The program; `CHROMIUM` names another one.
fn program() -> String {
    std::env::var("CHROMIUM").unwrap_or_else(|_| "chromium".to_owned())
}

/// Whether it can be started.
pub(crate) fn is_installed() -> bool {
    let version = Command::new(program()).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    version.is_ok_and(|status| status.success())
}

/// How long an answer may take.
const LIMIT: Duration = Duration::from_mins(1);

/// The shell gives the browser its two pipes as descriptors 3 and 4.
const START: &str = "exec \"$0\" \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>/dev/null";

/// A browser with one tab.
pub(crate) struct Browser {
    child: Child,
    commands: BufWriter<ChildStdin>,
    messages: Receiver<Value>,
    session: Option<String>,
    last: u64,
    events: Vec<Value>,
    _profile: tempfile::TempDir,
}

impl Browser {
    pub(crate) fn start() -> Self {
        let profile = tempfile::tempdir().unwrap();
        let mut child = Command::new("sh")
            .args(["-c", START, &program()])
            .args([
                "--headless",
                "--remote-debugging-pipe",
                "--no-sandbox",
                "--disable-gpu",
                "--no-first-run",
                "--hide-scrollbars",
            ])
            .args([
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--disable-extensions",
            ])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let commands = BufWriter::new(child.stdin.take().unwrap());
        let mut answers = BufReader::new(child.stdout.take().unwrap());
        let (sender, messages) = channel();
        thread::spawn(move || {
            let mut message = Vec::new();
            while std::io::BufRead::read_until(&mut answers, 0, &mut message).is_ok_and(|length| length > 0) {
                message.pop();
                if serde_json::from_slice(&message).is_ok_and(|message| sender.send(message).is_err()) {
                    break;
                }
                message.clear();
            }
        });
        let mut browser =
            Self { child, commands, messages, session: None, last: 0, events: Vec::new(), _profile: profile };
        let target = browser.call("Target.createTarget", &json!({ "url": "about:blank" }))["targetId"].clone();
        let attached = browser.call("Target.attachToTarget", &json!({ "targetId": target, "flatten": true }));
        browser.session = attached["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Log", "Network"] {
            browser.call(&format!("{domain}.enable"), &json!({}));
        }
        browser
    }

    /// Calls a method and gives its result.
    pub(crate) fn call(&mut self, method: &str, parameters: &Value) -> Value {
        self.last += 1;
        let mut message = json!({ "id": self.last, "method": method, "params": parameters });
        if let Some(session) = &self.session {
            message["sessionId"] = session.as_str().into();
        }
        self.commands.write_all(&serde_json::to_vec(&message).unwrap()).unwrap();
        self.commands.write_all(&[0]).unwrap();
        self.commands.flush().unwrap();
        let id = self.last;
        let mut answer = self.wait(method, |message| message["id"] == id);
        assert!(answer.get("error").is_none(), "{method}: {}", answer["error"]);
        answer["result"].take()
    }

    /// The next message that is wanted; events on the way are kept. A dialog, which stops the page, is closed.
    fn wait(&mut self, what: &str, is_wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            let message = match self.messages.recv_timeout(LIMIT) {
                Ok(message) => message,
                Err(RecvTimeoutError::Timeout) => panic!("{what}: no answer from the browser within {LIMIT:?}"),
                Err(RecvTimeoutError::Disconnected) => panic!("{what}: the browser ended"),
            };
            if message["method"] == "Page.javascriptDialogOpening" {
                self.last += 1;
                let close = json!({ "id": self.last, "method": "Page.handleJavaScriptDialog", "params": { "accept": false },
                    "sessionId": self.session });
                self.commands.write_all(&serde_json::to_vec(&close).unwrap()).unwrap();
                self.commands.write_all(&[0]).unwrap();
                self.commands.flush().unwrap();
            }
            if message.get("method").is_some() {
                self.events.push(message.clone());
            }
            if is_wanted(&message) {
                return message;
            }
        }
    }

    /// Opens a page and waits until it is loaded.
    pub(crate) fn open(&mut self, url: &str) {
        self.events.clear();
        self.call("Page.navigate", &json!({ "url": url }));
        let is_loaded = |message: &Value| message["method"] == "Page.loadEventFired";
        if !self.events.iter().any(is_loaded) {
            self.wait(url, is_loaded);
        }
    }

    /// What an expression gives.
    pub(crate) fn evaluate(&mut self, expression: &str) -> Value {
        let given = self.call("Runtime.evaluate", &json!({ "expression": expression, "returnByValue": true }));
        assert!(given.get("exceptionDetails").is_none(), "{}", given["exceptionDetails"]);
        given["result"]["value"].clone()
    }

    /// Whatever a page must not cause, since it was opened: messages in the console, exceptions, dialogs, violations of its policy,
    /// requests for anything but itself.
    pub(crate) fn complaints(&self, url: &str) -> Vec<String> {
        let complaint = |event: &Value| {
            let parameters = &event["params"];
            match event["method"].as_str()? {
                "Runtime.consoleAPICalled" => Some(format!("console: {}", parameters["args"])),
                "Runtime.exceptionThrown" => Some(format!("exception: {}", parameters["exceptionDetails"])),
                "Log.entryAdded" => Some(format!("log: {}", parameters["entry"]["text"])),
                "Page.javascriptDialogOpening" => Some(format!("dialog: {}", parameters["message"])),
                "Network.requestWillBeSent" => {
                    let requested = parameters["request"]["url"].as_str()?;
                    let is_itself = requested == url || requested.starts_with("data:");
                    (!is_itself).then(|| format!("request: {requested}"))
                }
                _ => None,
            }
        };
        self.events.iter().filter_map(complaint).collect()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
