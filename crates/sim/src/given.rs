//! A package that somebody wrote, played in a world: what its senders send, and what their messages must lead to.

use crate::expect::{Due, Dues, Lane, body};
use crate::world::Post;

/// A package, and what its messages must lead to.
#[derive(Clone, Debug)]
pub struct Given {
    /// The package; its receivers have the addresses of the world's.
    pub package: flow::Package,
    /// What its senders send.
    pub content: Content,
    /// The header that has the order key of a message.
    pub key_header: Option<String>,
    /// How the answers begin that say, with a success status, that the message was not taken. Its sender tries again.
    pub refusals: Vec<String>,
    /// What its messages must lead to.
    pub owed: Vec<Owed>,
    /// Receivers that must be told of every delivery to another one that waits for a person.
    pub told: Vec<usize>,
}

/// What senders send.
#[derive(Clone, Debug)]
pub enum Content {
    /// An element with parts, by their names.
    Parts(String, String),
    /// A text; `NAME` stands for the name of the message, `KEY` for its order key.
    Text(String),
}

/// What a message must lead to at one receiver.
#[derive(Clone, Debug)]
pub struct Owed {
    /// Path of its door.
    pub path: String,
    /// Receiver.
    pub to: usize,
    /// Whether the receiver gets each part instead of the whole.
    pub parts: bool,
    /// Whether never under two delivery ids, nor twice without one.
    pub exact: bool,
    /// Whether in the order of its key.
    pub ordered: bool,
}

impl Given {
    /// The body of a message.
    #[must_use]
    pub fn body(&self, post: &Post, name: &str) -> String {
        match &self.content {
            Content::Text(text) => text.replace("NAME", name).replace("KEY", &post.key.to_string()),
            Content::Parts(all, one) => body(name, post.key, post.orders, post.items)
                .replace("<orders", &format!("<{all}"))
                .replace("</orders", &format!("</{all}"))
                .replace("<order ", &format!("<{one} "))
                .replace("</order>", &format!("</{one}>")),
        }
    }

    /// What is due for a message under the name that its try had.
    #[must_use]
    pub fn dues(&self, post: &Post, name: &str) -> (Dues, Vec<Lane>) {
        let (mut dues, mut lanes) = (Dues::new(), Vec::new());
        for owed in self.owed.iter().filter(|owed| owed.path == post.flow) {
            let part = |number| format!("{name}-{number}");
            let ids = if owed.parts { (0..post.orders).map(part).collect() } else { vec![name.to_owned()] };
            for id in ids {
                let due = Due { least: 1, most: owed.exact.then_some(1), soon: false, key: post.key };
                if owed.ordered {
                    let (from, keys) = (String::new(), vec![post.key]);
                    lanes.push(Lane { to: owed.to, from, keys, id: id.clone(), key: post.key });
                }
                dues.insert((owed.to, id), due);
            }
        }
        (dues, lanes)
    }

    /// Whether an answer says that the message was not taken.
    #[must_use]
    pub fn refuses(&self, answer: &[u8]) -> bool {
        self.refusals.iter().any(|refusal| answer.starts_with(refusal.as_bytes()))
    }
}
