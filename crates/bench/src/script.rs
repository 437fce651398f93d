//! What a script costs that only looks at headers: the first call, which reads the script, and those that follow.

use std::sync::Arc;
use std::time::Instant;

use ::script::{Groovy, Host, Invocation, JavaScript, Limits, SecretValue, Services};
use base::{Clock, Entropy, Message, MessageId, SystemEntropy, WallClock};

use crate::quantile;

/// A script of the usual kind: a header is read, another one and a property are set.
const GROOVY: &str = "import com.sap.gateway.ip.core.customdev.util.Message
import java.util.HashMap
def Message processData(Message message) {
    def headers = message.getHeaders()
    def order = headers.get('OrderId')
    message.setHeader('Route', order?.startsWith('4') ? 'north' : 'south')
    message.setProperty('Seen', 'yes')
    return message
}
";

const JAVASCRIPT: &str = "function processData(message) {
    var order = message.getHeaders().get('OrderId');
    message.setHeader('Route', order && order.startsWith('4') ? 'north' : 'south');
    message.setProperty('Seen', 'yes');
    return message;
}
";

struct Nothing;

impl Services for Nothing {
    fn clock(&self) -> Arc<dyn Clock> {
        Arc::new(WallClock)
    }

    fn entropy(&self) -> Arc<dyn Entropy> {
        Arc::new(SystemEntropy)
    }

    fn secret(&self, _name: &str) -> Option<SecretValue> {
        None
    }

    fn map_value(&self, _source: (&str, &str), _value: &str, _target: (&str, &str)) -> Option<String> {
        None
    }
}

/// Measures and prints: a call by itself, and one as the runtime makes it, which hands it over to a thread that may block
/// and waits.
pub async fn run(calls: usize) -> Result<(), String> {
    let languages: [(&str, Arc<dyn Host>, _, _); 2] = [
        ("Groovy", Arc::new(Groovy::default()), "script/route.groovy", GROOVY),
        ("JavaScript", Arc::new(JavaScript::default()), "script/route.js", JAVASCRIPT),
    ];
    for (name, host, path, source) in languages {
        let by_itself = Arc::clone(&host);
        let times = tokio::task::spawn_blocking(move || {
            (0..=calls.max(1)).map(|_| one(name, by_itself.as_ref(), path, source)).collect::<Result<_, _>>()
        });
        print(name, times.await.map_err(|e| e.to_string())??);
        let times = tokio::spawn(async move {
            let mut times = Vec::with_capacity(calls);
            for _ in 0..=calls.max(1) {
                let (host, begin) = (Arc::clone(&host), Instant::now());
                let done = tokio::task::spawn_blocking(move || one(name, host.as_ref(), path, source));
                done.await.map_err(|e| e.to_string())??;
                times.push(begin.elapsed().as_secs_f64() * 1e6);
            }
            Ok::<_, String>(times)
        });
        print("  handed over", times.await.map_err(|e| e.to_string())??);
    }
    Ok(())
}

/// One call, in microseconds.
fn one(name: &str, host: &dyn Host, path: &str, source: &str) -> Result<f64, String> {
    let mut message = Message::of(vec![b'x'; 1_024]);
    message.headers.set("OrderId", "4711");
    let id = MessageId::from_text("bench");
    let companions = Arc::default();
    let services: Arc<dyn Services> = Arc::new(Nothing);
    let begin = Instant::now();
    let output = host.run(Invocation {
        path,
        source,
        companions: &companions,
        flow: "bench",
        function: "processData",
        message,
        body_is_text: false,
        message_id: &id,
        exception: None,
        thrown: None,
        limits: Limits::default(),
        services: &services,
    });
    let time = begin.elapsed().as_secs_f64() * 1e6;
    let route = output.map_err(|e| e.message)?.message.headers.get("Route").map(ToString::to_string);
    match route.as_deref() {
        Some("north") => Ok(time),
        route => Err(format!("{name} gave the route {route:?}")),
    }
}

fn print(name: &str, mut times: Vec<f64>) {
    let first = times.remove(0);
    times.sort_by(f64::total_cmp);
    let [median, p99] = [0.5, 0.99].map(|share| quantile(&times, share));
    println!("{name:<13}  first call {first:>8.0} us   following calls: median {median:>6.1} us, p99 {p99:>6.1} us");
}
