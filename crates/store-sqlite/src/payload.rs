//! Payloads: headers and properties as JSON text, body and attachments as they are; or all in one, sealed.

use std::sync::Arc;

use base::{Attachment, Entropy, Message, Sealer};
use bytes::Bytes;
use rusqlite::{Connection, params};

use crate::check;
use crate::fault::{Fault, Result};
use crate::json;
use crate::open::{OpenError, Options};

/// Encryption at rest: there is a key, or there is none.
pub(crate) struct Cipher {
    sealer: Option<Sealer>,
    entropy: Arc<dyn Entropy>,
}

/// Sealed values are bound to the number of their entry, which never changes and is never given again.
pub(crate) fn place(entry: i64) -> String {
    format!("entry {entry}")
}

impl Cipher {
    pub fn new(options: &Options, entropy: Arc<dyn Entropy>) -> std::result::Result<Self, OpenError> {
        let sealer = options.key.as_ref().map(|key| Sealer::new(key).ok_or(OpenError::Key)).transpose()?;
        Ok(Cipher::with(sealer, entropy))
    }

    pub fn with(sealer: Option<Sealer>, entropy: Arc<dyn Entropy>) -> Self {
        Cipher { sealer, entropy }
    }

    /// What opens sealed values, where there is a key.
    pub fn sealer(&self) -> Option<&Sealer> {
        self.sealer.as_ref()
    }

    /// Writes down which key is used, where that is not known yet.
    pub fn remember(&self, connection: &Connection) -> rusqlite::Result<()> {
        match &self.sealer {
            Some(sealer) => check::remember(connection, sealer, self.entropy.as_ref()),
            None => Ok(()),
        }
    }

    fn seal(&self, message: &Message, entry: i64) -> Result<Vec<u8>> {
        let no_key = "S0009: encryption was asked for, but there is no encryption key";
        let sealer = self.sealer.as_ref().ok_or_else(|| Fault::store(no_key))?;
        let sealed = sealer.seal(&pack(message)?, &place(entry), self.entropy.as_ref());
        sealed.ok_or_else(|| Fault::store("S0009: the payload could not be encrypted"))
    }

    fn open(&self, sealed: &[u8], entry: i64) -> Result<Message> {
        let why = match &self.sealer {
            None => "there is no encryption key",
            Some(sealer) => match sealer.open(sealed, &place(entry)) {
                Some(packed) => return unpack(packed),
                None => "the key is another one, or the row was changed",
            },
        };
        Err(Fault::store(format!("S0009: entry {entry} cannot be decrypted: {why}")))
    }
}

/// Writes the payload of a new entry; its message holds storable values only.
pub(crate) fn write(
    connection: &Connection,
    cipher: &Cipher,
    entry: i64,
    message: &Message,
    encrypt: bool,
) -> Result<()> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO payload (entry, headers, properties, body, attachments) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    if encrypt {
        insert.execute(params![entry, None::<&str>, None::<&str>, cipher.seal(message, entry)?, 0])?;
        return Ok(());
    }
    let headers = json::headers_text(&message.headers)?;
    let properties = json::properties_text(&message.properties)?;
    insert.execute(params![entry, headers, properties, &message.body[..], message.attachments.len() as i64])?;
    for attachment in &message.attachments {
        let mut insert = connection
            .prepare_cached("INSERT INTO attachment (entry, name, media_type, content) VALUES (?1, ?2, ?3, ?4)")?;
        insert.execute(params![entry, attachment.name, attachment.media_type, &attachment.content[..]])?;
    }
    Ok(())
}

/// Replaces the body of an entry; what is encrypted is encrypted anew as a whole.
pub(crate) fn correct(
    connection: &Connection,
    cipher: &Cipher,
    entry: i64,
    body: &[u8],
    encrypted: bool,
) -> Result<()> {
    let mut update = connection.prepare_cached("UPDATE payload SET body = ?2 WHERE entry = ?1")?;
    if encrypted {
        let message = Message { body: Bytes::copy_from_slice(body), ..read(connection, cipher, entry, true)? };
        update.execute(params![entry, cipher.seal(&message, entry)?])?;
    } else {
        update.execute(params![entry, body])?;
    }
    Ok(())
}

/// Reads the payload of an entry.
pub(crate) fn read(connection: &Connection, cipher: &Cipher, entry: i64, encrypted: bool) -> Result<Message> {
    let mut select =
        connection.prepare_cached("SELECT headers, properties, body, attachments FROM payload WHERE entry = ?1")?;
    let mut rows = select.query([entry])?;
    let Some(row) = rows.next()? else { return Err(Fault::unreadable(format!("entry {entry} has no payload"))) };
    let body = row.get_ref(2)?.as_blob().map_err(Fault::unreadable)?;
    if encrypted {
        return cipher.open(body, entry);
    }
    let text = |column| row.get_ref(column)?.as_str_or_null().map_err(rusqlite::Error::from);
    let attachments: i64 = row.get(3)?;
    Ok(Message {
        headers: json::headers(text(0)?)?,
        properties: json::properties(text(1)?)?,
        body: Bytes::copy_from_slice(body),
        attachments: if attachments > 0 { read_attachments(connection, entry)? } else { Vec::new() },
    })
}

fn read_attachments(connection: &Connection, entry: i64) -> Result<Vec<Attachment>> {
    let mut select = connection
        .prepare_cached("SELECT name, media_type, content FROM attachment WHERE entry = ?1 ORDER BY number")?;
    let rows = select.query_map([entry], |row| {
        let content = Bytes::from(row.get::<_, Vec<u8>>(2)?);
        Ok(Attachment { name: row.get(0)?, media_type: row.get(1)?, content })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// What stands before the bytes of a packed message.
type Head = (Option<String>, Option<String>, usize, Vec<(String, String, usize)>);

/// A message in one piece: length of the head, head, body, attachments.
fn pack(message: &Message) -> Result<Vec<u8>> {
    let attachments =
        message.attachments.iter().map(|a| (a.name.clone(), a.media_type.clone(), a.content.len())).collect();
    let head: Head = (
        json::headers_text(&message.headers)?,
        json::properties_text(&message.properties)?,
        message.body.len(),
        attachments,
    );
    let head = json::text(&head)?;
    let contents: usize = message.attachments.iter().map(|a| a.content.len()).sum();
    let mut packed = Vec::with_capacity(8 + head.len() + message.body.len() + contents);
    packed.extend_from_slice(&(head.len() as u64).to_le_bytes());
    packed.extend_from_slice(head.as_bytes());
    packed.extend_from_slice(&message.body);
    for attachment in &message.attachments {
        packed.extend_from_slice(&attachment.content);
    }
    Ok(packed)
}

fn unpack(packed: Vec<u8>) -> Result<Message> {
    let short = || Fault::unreadable("a packed payload is too short");
    let mut rest = Bytes::from(packed);
    let mut take = |length: usize| if length <= rest.len() { Ok(rest.split_to(length)) } else { Err(short()) };
    let length: [u8; 8] = take(8)?[..].try_into().map_err(|_| short())?;
    let head = take(usize::try_from(u64::from_le_bytes(length)).map_err(|_| short())?)?;
    let head: Head = json::parse(std::str::from_utf8(&head).map_err(Fault::unreadable)?)?;
    let (headers, properties, body, attachments) = head;
    Ok(Message {
        headers: json::headers(headers.as_deref())?,
        properties: json::properties(properties.as_deref())?,
        body: take(body)?,
        attachments: attachments
            .into_iter()
            .map(|(name, media_type, length)| Ok(Attachment { name, media_type, content: take(length)? }))
            .collect::<Result<_>>()?,
    })
}

/// The attachments of a traced message as JSON text: name, media type, content in hexadecimal.
pub(crate) fn attachments_text(attachments: &[Attachment]) -> Result<Option<String>> {
    if attachments.is_empty() {
        return Ok(None);
    }
    let parts: Vec<_> = attachments.iter().map(|a| (&a.name, &a.media_type, base::hex(&a.content))).collect();
    json::text(&parts).map(Some)
}

/// The attachments of a traced message.
pub(crate) fn attachments(text: Option<&str>) -> Result<Vec<Attachment>> {
    let Some(text) = text else { return Ok(Vec::new()) };
    let parts: Vec<(String, String, String)> = json::parse(text)?;
    parts
        .into_iter()
        .map(|(name, media_type, content)| Ok(Attachment { name, media_type, content: json::unhex(&content)? }))
        .collect()
}
