//! How wide text is, without a font: a little too wide rather than too narrow, so that labels never touch.

/// Width of `text` in a sans-serif font of `size`.
pub(super) fn width(text: &str, size: f64) -> f64 {
    text.chars().map(em).sum::<f64>() * size
}

/// Width of `text` in a monospaced font of `size`.
pub(super) fn mono(text: &str, size: f64) -> f64 {
    text.chars().map(|character| if is_wide(character) { 1.0 } else { 0.61 }).sum::<f64>() * size
}

/// `text`, its end replaced by `…` if it is wider than `most`.
pub(super) fn fit(text: &str, most: f64, measure: impl Fn(&str) -> f64) -> String {
    if measure(text) <= most {
        return text.to_owned();
    }
    let mut kept = String::new();
    for character in text.chars() {
        kept.push(character);
        if measure(&kept) + measure("…") > most {
            kept.pop();
            break;
        }
    }
    kept.truncate(kept.trim_end().len());
    kept + "…"
}

/// `text` in lines no wider than `most`, broken at spaces and between Chinese characters.
pub(super) fn wrap(text: &str, most: f64, size: f64) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in words(text) {
        if !line.is_empty() && width(&line, size) + width(word.trim_end(), size) > most {
            lines.push(line.trim_end().to_owned());
            line.clear();
        }
        line.push_str(word);
    }
    if !line.trim().is_empty() {
        lines.push(line.trim_end().to_owned());
    }
    lines.into_iter().map(|line| fit(&line, most, |text| width(text, size))).collect()
}

/// The pieces between which a line may break; punctuation stays with what it follows or opens.
fn words(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut previous: Option<char> = None;
    for (at, character) in text.char_indices() {
        let Some(before) = previous.replace(character) else { continue };
        let breaks = !"（《“".contains(before)
            && !"，。；：）》”、 ".contains(character)
            && (before == ' ' || is_wide(before) || is_wide(character));
        if breaks {
            pieces.extend(text.get(start..at));
            start = at;
        }
    }
    pieces.extend(text.get(start..));
    pieces
}

fn em(character: char) -> f64 {
    match character {
        'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | ' ' => 0.34,
        'f' | 't' | 'r' | '(' | ')' | '[' | ']' | '/' | '-' | '·' => 0.42,
        'm' | 'w' | 'M' | 'W' | '…' | '→' | '−' | '–' | '×' | '+' | '=' | '#' | '%' | '@' => 0.9,
        'A'..='Z' => 0.72,
        _ if is_wide(character) => 1.0,
        _ => 0.635,
    }
}

/// Characters as wide as high: Chinese and other ideographs, kana, Hangul, full-width forms, pictures.
fn is_wide(character: char) -> bool {
    matches!(character, '\u{1100}'..='\u{11ff}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe4f}' | '\u{ff00}'..='\u{ff60}' | '\u{1f000}'..='\u{3ffff}' | '—' | '“' | '”' | '†')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_and_broken_to_fit() {
        assert_eq!(fit("abc", 100.0, |text| mono(text, 10.0)), "abc");
        assert_eq!(fit("abcdefgh", 30.0, |text| mono(text, 10.0)), "abc…");
        assert_eq!(wrap("确认号是期望收到的", 40.0, 10.0), ["确认号是", "期望收到", "的"]);
        assert_eq!(wrap("ab cd ef", 36.0, 10.0), ["ab cd", "ef"]);
        assert_eq!(wrap("确认，是", 20.0, 10.0), ["确", "认，", "是"]);
        assert!(wrap("", 20.0, 10.0).is_empty());
    }
}
