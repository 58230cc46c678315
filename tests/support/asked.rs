//! What a line about a segment asks for, read from its words.

use super::payload;
use super::wire::flag;
use super::words::{Word, duration, parse};

/// Which segment is sent once more.
#[derive(Debug)]
pub enum Again {
    /// The sender's last one.
    Last,
    /// The one that was given this name.
    Named(String),
}

/// What a line about a segment asks for.
#[derive(Debug, Default)]
pub struct Asked {
    pub flags: u8,
    pub no_ack: bool,
    pub pieces: Vec<Vec<u8>>,
    pub options: Vec<u8>,
    pub mss: Option<u16>,
    pub scales: bool,
    pub window: Option<u16>,
    pub ttl: Option<u8>,
    pub id: Option<u16>,
    pub tos: u8,
    pub may_fragment: bool,
    pub every: u64,
    pub name: Option<String>,
    pub again: Option<Again>,
    pub lost: bool,
    pub unseen: bool,
    pub crossing: bool,
    pub probe: bool,
    pub whole: bool,
    pub damaged: bool,
}

impl Asked {
    /// Of the words behind the sender.
    pub fn of(words: &[Word]) -> Result<Self, String> {
        let mut asked = Self::default();
        let mut words = words.iter().peekable();
        loop {
            if let Some(piece) = payload::piece(&mut words)? {
                asked.pieces.push(piece);
                continue;
            }
            let Some(Word::Plain(word)) = words.next() else { break };
            match (word.as_str(), word.split_once('=')) {
                ("SYN", _) => asked.flags |= flag::SYN,
                ("FIN", _) => asked.flags |= flag::FIN,
                ("RST", _) => asked.flags |= flag::RST,
                ("PSH", _) => asked.flags |= flag::PSH,
                ("ACK", _) => {}
                ("noack", _) => asked.no_ack = true,
                ("sack", _) => asked.options.extend([1, 1, 4, 2]),
                ("nodf", _) => asked.may_fragment = true,
                ("lost", _) => asked.lost = true,
                ("unseen", _) => asked.unseen = true,
                ("crossing", _) => asked.crossing = true,
                ("probe", _) => asked.probe = true,
                ("whole", _) => asked.whole = true,
                ("damaged", _) => asked.damaged = true,
                ("again", _) => asked.again = Some(Again::Last),
                (_, Some(("again", name))) => asked.again = Some(Again::Named(name.to_owned())),
                (_, Some(("mss", number))) => {
                    let mss: u16 = parse(number, "MSS")?;
                    asked.mss = Some(mss);
                    asked.options.extend([2, 4]);
                    asked.options.extend(mss.to_be_bytes());
                }
                (_, Some(("scale", number))) => {
                    asked.scales = true;
                    asked.options.extend([1, 3, 3, parse(number, "shift")?]);
                }
                (_, Some(("option", digits))) => asked.options.extend(payload::hex(digits)?),
                (_, Some(("tos", number))) => asked.tos = parse(number, "type of service")?,
                (_, Some(("window", number))) => asked.window = Some(parse(number, "window")?),
                (_, Some(("ttl", number))) => asked.ttl = Some(parse(number, "TTL")?),
                (_, Some(("id", number))) => asked.id = Some(parse(number, "identification")?),
                (_, Some(("every", time))) => asked.every = duration(time)?,
                (_, Some(("as", name))) => asked.name = Some(name.to_owned()),
                _ => return Err(format!("`{word}` is nothing that a segment has")),
            }
        }
        Ok(asked)
    }
}
