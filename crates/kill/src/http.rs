//! HTTP receivers, by hand: a real server would not let the connection die between taking and answering.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use base::Entropy;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::ledger::{Ledger, Mood, record_in};
use crate::trap::Point;

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const NO: &[u8] = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
const BUSY: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n";
const RECEIVERS: &[&str] = &[
    "billing",
    "warehouse",
    "alert",
    "payroll",
    "orders",
    "invoices",
    "payments",
    "ledger",
    "crm",
    "bank",
    "vault",
    "registry",
];

/// Serves all HTTP receivers on one port; the last part of the path names the receiver.
pub async fn serve(ledger: Arc<Ledger>, entropy: Arc<dyn Entropy>) -> std::io::Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (ledger, entropy) = (ledger.clone(), entropy.clone());
            tokio::spawn(async move {
                ledger.visitors.fetch_add(1, Ordering::SeqCst);
                connection(stream, &ledger, entropy.as_ref()).await;
                ledger.visitors.fetch_sub(1, Ordering::SeqCst);
            });
        }
    });
    Ok(port)
}

async fn connection(stream: TcpStream, ledger: &Ledger, entropy: &dyn Entropy) {
    let mut stream = BufReader::new(stream);
    while let Some(request) = read_request(&mut stream).await {
        let mood = ledger.mood(entropy);
        if request.asks {
            if answer(&mut stream, ledger, &request, mood, entropy).await.is_none() {
                return;
            }
            continue;
        }
        if mood != Mood::Refuse
            && let Some(point) = ledger.trap.request()
        {
            die(&mut stream, ledger, request, point, entropy).await;
            return;
        }
        if mood != Mood::Refuse {
            ledger.write(request.receiver, request.record, request.key, true, mood == Mood::TakeAndDie);
        }
        let answer: &[u8] = match mood {
            Mood::TakeAndDie => return,
            Mood::Refuse => BUSY,
            Mood::Take | Mood::TakeSlowly => OK,
        };
        if mood == Mood::TakeSlowly {
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
        if stream.get_mut().write_all(answer).await.is_err() {
            return;
        }
    }
}

/// Answers a question about a delivery truthfully, or not at all; the process may die around it too.
async fn answer(
    stream: &mut BufReader<TcpStream>,
    ledger: &Ledger,
    request: &Request,
    mood: Mood,
    entropy: &dyn Entropy,
) -> Option<()> {
    let answer = match mood {
        Mood::TakeAndDie => return None,
        Mood::Refuse => BUSY,
        _ if ledger.has(request.receiver, &request.key) => OK,
        _ => NO,
    };
    ledger.questions.fetch_add(1, Ordering::SeqCst);
    if let Some(point) = ledger.trap.request() {
        if matches!(point, Point::BeforeRecord | Point::AfterAnswer) {
            let _ = stream.get_mut().write_all(answer).await;
        }
        ledger.trap.kill_after(Duration::from_micros(entropy.next_u64() % 4_000)).await;
        return None;
    }
    stream.get_mut().write_all(answer).await.ok()
}

/// Takes the request, or not, and ends the process at the point that was asked for.
async fn die(
    stream: &mut BufReader<TcpStream>,
    ledger: &Ledger,
    request: Request,
    point: Point,
    entropy: &dyn Entropy,
) {
    if point == Point::BeforeTaken {
        return ledger.trap.kill();
    }
    ledger.write(request.receiver, request.record, request.key, true, false);
    if point == Point::BeforeRecord {
        ledger.trap.freeze();
    }
    if point != Point::BeforeAnswer {
        let _ = stream.get_mut().write_all(OK).await;
    }
    let wait = if point == Point::AfterAnswer { entropy.next_u64() % 4_000 } else { 0 };
    ledger.trap.kill_after(Duration::from_micros(wait)).await;
}

struct Request {
    receiver: &'static str,
    record: String,
    key: String,
    /// It is a question about a delivery, not the delivery.
    asks: bool,
}

async fn read_request(stream: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut line = String::new();
    stream.read_line(&mut line).await.ok().filter(|n| *n > 0)?;
    let path = line.split(' ').nth(1)?.trim_start_matches('/').to_owned();
    let (name, asked) = path.split_once('/').unwrap_or((&path, ""));
    let receiver = RECEIVERS.iter().find(|r| **r == name)?;
    let (mut length, mut key) = (0_usize, asked.to_owned());
    loop {
        line.clear();
        stream.read_line(&mut line).await.ok().filter(|n| *n > 0)?;
        let trimmed = line.trim();
        if trimmed.is_empty() {
            break;
        }
        let (name, value) = trimmed.split_once(':')?;
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().ok()?,
            "idempotency-key" if asked.is_empty() => key = value.trim().trim_matches('"').to_owned(),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    // A body cut short by a kill was never a whole request: the receiver did not take it.
    stream.read_exact(&mut body).await.ok()?;
    Some(Request { receiver, record: record_in(&String::from_utf8_lossy(&body)), key, asks: !asked.is_empty() })
}
