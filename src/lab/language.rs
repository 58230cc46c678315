//! Language identifiers: `xx` or `xx_YY`; `-` joins several.

use std::fmt;
use std::str::FromStr;

use super::error::LabError;

/// A language identifier of the form `xx` or `xx_YY`, such as `zh` or `pt_BR`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lang(String);

impl Lang {
    /// The identifier as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The languages of `joined`, such as `zh-en`: at least one, none twice, in order.
    ///
    /// # Errors
    /// [`LabError::Language`] names the part that is no identifier or stands there twice.
    pub fn list(joined: &str) -> Result<Vec<Self>, LabError> {
        let mut languages: Vec<Self> = Vec::new();
        for part in joined.split('-') {
            let language: Self = part.parse()?;
            if languages.contains(&language) {
                return Err(LabError::Language(part.to_owned()));
            }
            languages.push(language);
        }
        Ok(languages)
    }
}

impl FromStr for Lang {
    type Err = LabError;

    fn from_str(text: &str) -> Result<Self, LabError> {
        let is_two = |part: &str, upper: bool| {
            part.len() == 2
                && part.bytes().all(|byte| if upper { byte.is_ascii_uppercase() } else { byte.is_ascii_lowercase() })
        };
        let valid = match text.split_once('_') {
            Some((language, region)) => is_two(language, false) && is_two(region, true),
            None => is_two(text, false),
        };
        if valid { Ok(Self(text.to_owned())) } else { Err(LabError::Language(text.to_owned())) }
    }
}

impl fmt::Display for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_single_languages_and_pairs() {
        let check = |joined: &str, expected: &[&str]| {
            let languages = Lang::list(joined).unwrap();
            assert_eq!(languages.iter().map(Lang::as_str).collect::<Vec<_>>(), expected);
        };
        check("zh", &["zh"]);
        check("zh-en", &["zh", "en"]);
        check("pt_BR-en", &["pt_BR", "en"]);
    }

    #[test]
    fn refuses_what_is_no_identifier() {
        for joined in ["", "z", "zh-", "zh-zh", "ZH", "../zh", "zh_cn", "zho"] {
            assert!(Lang::list(joined).is_err(), "{joined}");
        }
    }
}
