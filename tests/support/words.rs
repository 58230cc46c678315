//! The words of a script: its statements, each with the number of its line.

use std::str::FromStr;

/// One word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// Anything without quotes.
    Plain(String),
    /// A quoted string, its escapes undone.
    Text(Vec<u8>),
}

impl Word {
    /// The word, unless it was quoted.
    pub fn plain(&self) -> Option<&str> {
        match self {
            Self::Plain(word) => Some(word),
            Self::Text(_) => None,
        }
    }
}

/// A statement: the words of a line and of the indented lines that follow it.
#[derive(Debug, Clone)]
pub struct Statement {
    pub line: usize,
    pub words: Vec<Word>,
}

/// The statements of a script. An error has the number of its line.
pub fn statements(script: &str) -> Result<Vec<Statement>, (usize, String)> {
    let mut statements: Vec<Statement> = Vec::new();
    for (at, text) in script.lines().enumerate() {
        let line = at + 1;
        let words = words(text).map_err(|error| (line, error))?;
        if words.is_empty() {
            continue;
        }
        match statements.last_mut() {
            Some(open) if text.starts_with([' ', '\t']) => open.words.extend(words),
            _ => statements.push(Statement { line, words }),
        }
    }
    Ok(statements)
}

fn words(line: &str) -> Result<Vec<Word>, String> {
    let mut words = Vec::new();
    let mut rest = line.trim_start();
    while let Some(first) = rest.chars().next() {
        if first == '#' {
            break;
        }
        if first == '"' {
            let (text, after) = quoted(&rest[1..])?;
            let end = after.find(char::is_whitespace).unwrap_or(after.len());
            let (suffix, after) = after.split_at(end);
            let times = match suffix.strip_prefix('*') {
                Some(number) => number.parse().map_err(|_| format!("`{number}` is no number of repetitions"))?,
                None if suffix.is_empty() => 1,
                None => return Err(format!("`{suffix}` right behind a string")),
            };
            words.push(Word::Text(text.repeat(times)));
            rest = after.trim_start();
        } else {
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            words.push(Word::Plain(word.to_owned()));
            rest = after.trim_start();
        }
    }
    Ok(words)
}

/// The bytes up to the closing quote, and what stands behind it.
fn quoted(text: &str) -> Result<(Vec<u8>, &str), String> {
    let mut bytes = Vec::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Ok((bytes, &text[at + 1..])),
            '\\' => match characters.next().map(|(_, escape)| escape) {
                Some('r') => bytes.push(b'\r'),
                Some('n') => bytes.push(b'\n'),
                Some('t') => bytes.push(b'\t'),
                Some(same @ ('"' | '\\')) => bytes.push(same as u8),
                Some('x') => {
                    let digits: String = characters.by_ref().take(2).map(|(_, digit)| digit).collect();
                    bytes.push(u8::from_str_radix(&digits, 16).map_err(|_| format!("`\\x{digits}` is no byte"))?);
                }
                other => return Err(format!("unknown escape `\\{}`", other.unwrap_or(' '))),
            },
            _ => bytes.extend(character.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    Err("a string without its closing quote".to_owned())
}

/// A value of any kind; an error says `what` it is not.
pub fn parse<T: FromStr>(written: &str, what: &str) -> Result<T, String> {
    written.parse().map_err(|_| format!("`{written}` is no {what}"))
}

/// Nanoseconds of `0`, `5ms`, `20us`, `1.5s`.
pub fn duration(written: &str) -> Result<u64, String> {
    let wrong = || format!("`{written}` is no time; write 6ms, 20us or 1.5s");
    let digits = written.trim_end_matches(char::is_alphabetic);
    let unit: u64 = match &written[digits.len()..] {
        "s" => 1_000_000_000,
        "ms" => 1_000_000,
        "us" => 1_000,
        "" if digits == "0" => 1,
        _ => return Err(wrong()),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let places = u32::try_from(fraction.len()).map_err(|_| wrong())?;
    let whole: u64 = whole.parse().map_err(|_| wrong())?;
    let fraction: u64 = fraction.parse().map_err(|_| wrong())?;
    Ok(whole * unit + fraction * unit / 10_u64.checked_pow(places).ok_or_else(wrong)?)
}
