//! Requests through the real binary, with a receiver that answers at once.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::server::Server;
use crate::{Scratch, quantile};

/// Measures both flows and prints.
pub async fn run(senders: usize, requests: usize, binary: &Path) -> Result<(), String> {
    let scratch = Scratch::new("door")?;
    let sink = sink().await.map_err(|e| e.to_string())?;
    let settings: Vec<String> = ["billing.url", "warehouse.url", "alert.url", "ledger.url"]
        .iter()
        .map(|name| format!("{name}=http://127.0.0.1:{sink}/"))
        .collect();
    let server = Server::start(binary, &["examples/store-first", "examples/orders"], &scratch.0, &settings).await?;
    for (name, path, body) in [
        ("store first: durable 202, then delivered", "invoices", "<invoice/>".to_owned()),
        ("exactly once: one order, two receivers, then 200", "orders", "<orders><order id=\"1\"/></orders>".to_owned()),
    ] {
        measure(name, &format!("http://{}/http/{path}", server.address), &body, senders, requests).await?;
    }
    println!("  memory {} MiB", server.resident_mib().unwrap_or(0));
    Ok(())
}

async fn measure(name: &str, url: &str, body: &str, senders: usize, requests: usize) -> Result<(), String> {
    let next = Arc::new(AtomicUsize::new(0));
    let client = reqwest::Client::builder().no_proxy().build().map_err(|e| e.to_string())?;
    let begin = Instant::now();
    let tasks: Vec<_> = (0..senders)
        .map(|_| {
            let (client, next, url, body) = (client.clone(), next.clone(), url.to_owned(), body.to_owned());
            tokio::spawn(async move {
                let mut times = Vec::new();
                while next.fetch_add(1, Ordering::Relaxed) < requests {
                    let start = Instant::now();
                    let answer =
                        client.post(&url).header("Content-Type", "application/xml").body(body.clone()).send().await;
                    let status = answer.map_err(|e| e.to_string())?.status();
                    if !status.is_success() {
                        return Err(format!("{url} answered {status}"));
                    }
                    times.push(start.elapsed().as_secs_f64() * 1_000.0);
                }
                Ok(times)
            })
        })
        .collect();
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await.map_err(|e| e.to_string())??);
    }
    let seconds = begin.elapsed().as_secs_f64();
    times.sort_by(f64::total_cmp);
    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    let rate = times.len() as f64 / seconds;
    println!("{name}, {senders} senders");
    println!("  {rate:.0} per second; p50 {:.1} ms, p99 {:.1} ms", quantile(&times, 0.5), quantile(&times, 0.99));
    Ok(())
}

/// A receiver that takes everything at once.
async fn sink() -> std::io::Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer_all(stream));
        }
    });
    Ok(port)
}

async fn answer_all(stream: TcpStream) -> Option<()> {
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    loop {
        let mut length = 0_usize;
        loop {
            line.clear();
            stream.read_line(&mut line).await.ok().filter(|n| *n > 0)?;
            if line.trim().is_empty() {
                break;
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().ok()?;
            }
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await.ok()?;
        stream.get_mut().write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await.ok()?;
    }
}
