//! What a receiver said, without the secrets that it was sent: answers are kept, shown, and told to flows.

use adapter::Secrets;
use base::Failure;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flow::Call;

/// What stands in place of a secret.
const MASK: &str = "***";
/// Shorter ones would mask half of any text, and are no secrets.
const SHORTEST: usize = 4;
/// Schemes whose word after them is a secret, whoever gave it.
const SCHEMES: [&str; 2] = ["bearer ", "basic "];

/// The failure of a call without secrets in its text and in the excerpt of the answer.
pub(crate) fn failure(mut failure: Failure, call: &Call, secrets: &dyn Secrets) -> Failure {
    let known = known(call, secrets);
    failure.text = text(failure.text, &known);
    failure.excerpt = failure.excerpt.map(|excerpt| text(excerpt, &known));
    failure
}

/// The secrets of a call as they may stand in an answer.
fn known(call: &Call, secrets: &dyn Secrets) -> Vec<String> {
    let names = match call {
        Call::Http(http) => [http.credential.as_deref(), http.sign.as_ref().map(|(name, _)| name.as_str())],
        Call::Mail(mail) => [mail.credential.as_deref(), None],
    };
    let mut known = Vec::new();
    for secret in names.into_iter().flatten().filter_map(|name| secrets.secret(name)) {
        known.push(STANDARD.encode(format!("{}:{}", secret.user, secret.password)));
        known.push(STANDARD.encode(&secret.password));
        known.push(secret.password);
    }
    known.retain(|secret| secret.len() >= SHORTEST);
    known
}

fn text(mut text: String, known: &[String]) -> String {
    for secret in known {
        if text.contains(secret.as_str()) {
            text = text.replace(secret.as_str(), MASK);
        }
    }
    let lower = text.to_ascii_lowercase();
    if !SCHEMES.iter().any(|scheme| lower.contains(scheme)) {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = 0;
    while rest < text.len() {
        let next = SCHEMES.iter().filter_map(|s| lower[rest..].find(s).map(|at| rest + at + s.len())).min();
        let Some(begin) = next else { break };
        let end = text[begin..].find(|c: char| !is_of_token(c)).map_or(text.len(), |length| begin + length);
        out.push_str(&text[rest..begin]);
        // A word such as `Basic authentication` is no token: tokens are long, or hold more than letters.
        let word = &text[begin..end];
        let token = word.len() >= 16 || word.bytes().any(|b| !b.is_ascii_alphabetic());
        out.push_str(if token && word.len() >= SHORTEST { MASK } else { word });
        rest = end;
    }
    out.push_str(&text[rest..]);
    out
}

fn is_of_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-._~+/=".contains(c)
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn secrets_are_masked_wherever_they_stand() {
        let known = ["s3cret!".to_owned(), "dTpzM2NyZXQh".to_owned()];
        let cases = [
            ("no such order", "no such order"),
            ("wrong password s3cret!, s3cret!", "wrong password ***, ***"),
            ("got dTpzM2NyZXQh", "got ***"),
            ("Authorization: Bearer abc.def-1\nbearer  x", "Authorization: Bearer ***\nbearer  x"),
            ("{\"h\":\"BASIC Zm9vOmJhcg==\"} Bearer aaaa1", "{\"h\":\"BASIC ***\"} Bearer ***"),
            ("Basic authentication is needed, é", "Basic authentication is needed, é"),
            ("ends with Bearer ", "ends with Bearer "),
        ];
        for (said, expect) in cases {
            assert_eq!(text(said.to_owned(), &known), expect);
        }
    }
}
