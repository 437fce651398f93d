//! A mail receiver, by hand: enough SMTP to take a mail, to refuse it, and to die after taking it.

use std::sync::Arc;

use base::Entropy;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::ledger::{Ledger, Mood, record_in};

/// Serves SMTP on a port of its own.
pub async fn serve(ledger: Arc<Ledger>, entropy: Arc<dyn Entropy>) -> std::io::Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let port = listener.local_addr()?.port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (ledger, entropy) = (ledger.clone(), entropy.clone());
            tokio::spawn(async move {
                let _ = connection(stream, &ledger, entropy.as_ref()).await;
            });
        }
    });
    Ok(port)
}

async fn connection(stream: TcpStream, ledger: &Ledger, entropy: &dyn Entropy) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    stream.get_mut().write_all(b"220 kill ESMTP\r\n").await?;
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let verb = line.trim().split(' ').next().unwrap_or("").to_ascii_uppercase();
        let answer: &[u8] = match verb.as_str() {
            "DATA" => {
                stream.get_mut().write_all(b"354 go on\r\n").await?;
                let mut text = String::new();
                loop {
                    line.clear();
                    if stream.read_line(&mut line).await? == 0 {
                        return Ok(());
                    }
                    if line == ".\r\n" {
                        break;
                    }
                    text.push_str(&line);
                }
                match ledger.mood(entropy) {
                    Mood::Refuse => b"451 try again later\r\n",
                    mood => {
                        ledger.write("mail", record_in(&text), String::new(), true, mood == Mood::TakeAndDie);
                        if mood == Mood::TakeAndDie {
                            return Ok(());
                        }
                        b"250 taken\r\n"
                    }
                }
            }
            "QUIT" => {
                stream.get_mut().write_all(b"221 bye\r\n").await?;
                return Ok(());
            }
            "EHLO" | "HELO" => b"250 kill\r\n",
            _ => b"250 ok\r\n",
        };
        stream.get_mut().write_all(answer).await?;
    }
}
