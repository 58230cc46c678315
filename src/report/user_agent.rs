//! What a User-Agent value (RFC 9110, 10.1.5) says of program, engine and system, and no more.
//!
//! Everything is a code that the lab words under `user_agent.…`; a token that is not in the tables stays unread.

use serde::Serialize;

/// What a value says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Reading {
    /// The program it names, as a code.
    pub(crate) program: Option<&'static str>,
    /// That program's version, as written.
    pub(crate) version: Option<String>,
    /// The Chromium version beneath a program that is not Chrome itself.
    pub(crate) chromium: Option<String>,
    /// Whether Chromium's version is reduced: only its first number is real.
    pub(crate) reduced: bool,
    /// The rendering engine, as a code.
    pub(crate) engine: Option<&'static str>,
    /// The operating system, as a code.
    pub(crate) system: Option<&'static str>,
    /// Its version, as written.
    pub(crate) system_version: Option<String>,
    /// `64`, or `wow64` for a 32-bit program on 64-bit Windows.
    pub(crate) bits: Option<&'static str>,
    /// Whether the system part is one that reduced Chromium sends on every system of the kind.
    pub(crate) fixed_system: bool,
    /// Tokens that are there for compatibility only.
    pub(crate) compatibility: Vec<&'static str>,
}

/// Programs that begin the value with their name.
const TOOLS: &[(&str, &str)] = &[
    ("Apache-HttpClient/", "apache_httpclient"),
    ("Dalvik/", "dalvik"),
    ("Debian APT-HTTP/", "apt"),
    ("ELinks/", "elinks"),
    ("Go-http-client/", "go"),
    ("Java/", "java"),
    ("Lynx/", "lynx"),
    ("Microsoft BITS/", "bits"),
    ("Microsoft-CryptoAPI/", "cryptoapi"),
    ("Microsoft-Delivery-Optimization/", "delivery_optimization"),
    ("PostmanRuntime/", "postman"),
    ("Python-urllib/", "python_urllib"),
    ("VLC/", "vlc"),
    ("Wget/", "wget"),
    ("axios/", "axios"),
    ("curl/", "curl"),
    ("libwww-perl/", "libwww_perl"),
    ("lwp-request/", "libwww_perl"),
    ("okhttp/", "okhttp"),
    ("python-requests/", "python_requests"),
];

/// Programs by a token anywhere in the value; the first that is there names it, so those built on others come first.
const PROGRAMS: &[(&str, &str)] = &[
    ("Nikto/", "nikto"),
    ("MicroMessenger", "wechat"),
    ("MQQBrowser/", "qq_browser"),
    ("QQBrowser/", "qq_browser"),
    ("QQ/", "qq"),
    ("Edg/", "edge"),
    ("EdgA/", "edge"),
    ("EdgiOS/", "edge"),
    ("Edge/", "edge_legacy"),
    ("OPR/", "opera"),
    ("Opera/", "opera"),
    ("Vivaldi/", "vivaldi"),
    ("YaBrowser/", "yandex"),
    ("SamsungBrowser/", "samsung"),
    ("UCBrowser/", "uc"),
    ("HuaweiBrowser/", "huawei"),
    ("MiuiBrowser/", "miui"),
    ("LBBROWSER", "liebao"),
    ("360SE", "browser_360"),
    ("360EE", "browser_360"),
    ("MetaSr", "sogou"),
    ("HeadlessChrome/", "chrome_headless"),
    ("CriOS/", "chrome"),
    ("FxiOS/", "firefox"),
    ("Chromium/", "chromium"),
    (ANDROID_WEB_VIEW, "web_view"),
    ("Chrome/", "chrome_like"),
    ("SeaMonkey/", "seamonkey"),
    ("Iceweasel/", "iceweasel"),
    ("Thunderbird/", "thunderbird"),
    ("Netscape/", "netscape"),
    ("Firefox/", "firefox"),
    ("Trident/", INTERNET_EXPLORER),
    ("MSIE ", INTERNET_EXPLORER),
    ("Konqueror/", "konqueror"),
    ("CFNetwork/", "cfnetwork"),
];

/// What Android's embedded browser has within its parentheses.
const ANDROID_WEB_VIEW: &str = "; wv)";
const INTERNET_EXPLORER: &str = "internet_explorer";

/// Systems by a token, the first that is there; a version follows those that end in a blank.
const SYSTEMS: &[(&str, &str)] = &[
    ("Windows NT 10.0", "windows_10_or_11"),
    ("Windows NT 6.3", "windows_8_1"),
    ("Windows NT 6.2", "windows_8"),
    ("Windows NT 6.1", "windows_7"),
    ("Windows NT 6.0", "windows_vista"),
    ("Windows NT 5.2", "windows_2003"),
    ("Windows NT 5.1", "windows_xp"),
    ("Windows NT 5.0", "windows_2000"),
    ("Windows 98", "windows_98"),
    ("CPU iPhone OS ", "ios"),
    ("CPU OS ", "ios"),
    ("Android ", "android"),
    ("Android", "android"),
    ("CrOS", "chromeos"),
    ("Intel Mac OS X ", "macos"),
    ("PPC Mac OS X", "macos_ppc"),
    ("Mac OS X", "macos"),
    ("FreeBSD", "freebsd"),
    ("Linux", "linux"),
    ("Windows", "windows"),
];

/// System parts that Chromium sends on every system of the kind, and since which version (the reduced User-Agent).
const FIXED_SYSTEMS: &[(&str, u32)] = &[
    ("(Windows NT 10.0; Win64; x64)", 107),
    ("(Macintosh; Intel Mac OS X 10_15_7)", 107),
    ("(X11; Linux x86_64)", 107),
    ("(Linux; Android 10; K)", 110),
];

/// The Chromium version from which on `.0.0.0` stands for the rest of its version.
const FIRST_REDUCED: u32 = 101;
/// Chrome's first version with Blink.
const FIRST_BLINK: u32 = 28;
/// Longest version that is read, in bytes.
const MAX_VERSION: usize = 40;

/// Reads a value.
pub(crate) fn read(value: &str) -> Reading {
    let mut reading = Reading::default();
    if let Some((token, code)) = TOOLS.iter().find(|(token, _)| value.starts_with(token)) {
        reading.program = Some(code);
        reading.version = version_behind(value, token);
    } else {
        read_program(value, &mut reading);
    }
    read_system(value, &mut reading);
    let chrome = version_behind(value, "Chrome/").or_else(|| version_behind(value, "HeadlessChrome/"));
    let major = chrome.as_deref().map(major);
    reading.reduced = chrome.as_deref().is_some_and(|version| version.ends_with(".0.0.0"))
        && major.is_some_and(|major| major >= FIRST_REDUCED);
    reading.fixed_system = reading.reduced
        && FIXED_SYSTEMS.iter().any(|(part, since)| value.contains(part) && major.is_some_and(|major| major >= *since));
    if reading.engine != Some("edgehtml") {
        reading.chromium =
            chrome.filter(|_| !matches!(reading.program, Some("chrome_like" | "chrome_headless" | "web_view")));
    }
    reading.compatibility = compatibility(value, &reading);
    reading
}

fn read_program(value: &str, reading: &mut Reading) {
    let found = PROGRAMS.iter().find(|(token, _)| at(value, token).is_some());
    if let Some((token, code)) = found {
        reading.program = Some(code);
        reading.version = match *token {
            ANDROID_WEB_VIEW => version_behind(value, "Chrome/"),
            "Trident/" => version_behind(value, token).map(|trident| (major(&trident) + 4).to_string()),
            "MicroMessenger" => version_behind(value, "MicroMessenger/"),
            "LBBROWSER" | "360SE" | "360EE" | "MetaSr" => None,
            _ => version_behind(value, token),
        };
    } else if at(value, "Safari/").is_some() && at(value, "Version/").is_some() {
        reading.program = Some(if value.contains("Android") { "android_browser" } else { "safari" });
        reading.version = version_behind(value, "Version/");
    }
    reading.engine = engine(value, reading.program);
}

fn engine(value: &str, program: Option<&str>) -> Option<&'static str> {
    let has = |token| at(value, token).is_some();
    let chrome = version_behind(value, "Chrome/").or_else(|| version_behind(value, "HeadlessChrome/"));
    match (program, chrome) {
        (Some("edge_legacy"), _) => Some("edgehtml"),
        (_, Some(version)) => Some(if major(&version) >= FIRST_BLINK { "blink" } else { "webkit" }),
        (Some(INTERNET_EXPLORER), _) => Some("trident"),
        (Some("konqueror"), _) => Some("khtml"),
        _ if has("Presto/") => Some("presto"),
        (Some(_), _) if has("AppleWebKit/") => Some("webkit"),
        (Some(_), _) if has("Gecko/") => Some("gecko"),
        _ => None,
    }
}

fn read_system(value: &str, reading: &mut Reading) {
    let Some((token, code)) = SYSTEMS.iter().find(|(token, _)| value.contains(token)) else { return };
    reading.system = Some(code);
    reading.system_version = if token.ends_with(' ') { version_behind(value, token) } else { None };
    // Safari, Chromium and Firefox write this of every later macOS too.
    let frozen = matches!(reading.system_version.as_deref(), Some("10_15_7" | "10.15"));
    if *code == "macos" && frozen {
        reading.system = Some("macos_frozen");
    }
    reading.bits = if value.contains("WOW64") {
        Some("wow64")
    } else if ["Win64", "x86_64", "x64"].iter().any(|token| value.contains(token)) {
        Some("64")
    } else {
        None
    };
}

/// Tokens of the value that name neither its program nor its engine.
fn compatibility(value: &str, reading: &Reading) -> Vec<&'static str> {
    let Some(engine) = reading.engine else {
        return if reading.program.is_some() && value.starts_with("Mozilla/") { vec!["Mozilla"] } else { Vec::new() };
    };
    let safari = if reading.program == Some("safari") { "" } else { "Safari" };
    let tokens: &[&'static str] = match engine {
        "blink" => &["Mozilla", "AppleWebKit", "KHTML", "Gecko", "Safari"],
        "edgehtml" => &["Mozilla", "AppleWebKit", "KHTML", "Gecko", "Chrome", "Safari"],
        "webkit" => &["Mozilla", "KHTML", "Gecko", safari],
        "gecko" => &["Mozilla"],
        _ => &["Mozilla", "Gecko"],
    };
    tokens.iter().copied().filter(|token| !token.is_empty() && at(value, token).is_some()).collect()
}

/// Where a token stands that does not begin within a word.
fn at(value: &str, token: &str) -> Option<usize> {
    value.match_indices(token).map(|(at, _)| at).find(|at| {
        let before = value.get(..*at).and_then(|before| before.chars().next_back());
        before.is_none_or(|before| !before.is_ascii_alphanumeric()) || token.starts_with(';')
    })
}

/// The version that stands directly behind a token.
fn version_behind(value: &str, token: &str) -> Option<String> {
    let rest = value.get(at(value, token)? + token.len()..)?;
    let version: String = rest
        .chars()
        .take(MAX_VERSION)
        .take_while(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '-'))
        .collect();
    version.starts_with(|letter: char| letter.is_ascii_digit()).then_some(version)
}

/// The first number of a version; 0 if it has none.
fn major(version: &str) -> u32 {
    version.split('.').next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::{DEFAULT, Lab};

    /// Program, version, Chromium, engine, system, its version, of a value; `-` for what it does not say.
    fn check(value: &str, expected: &str) {
        let reading = read(value);
        let dash = |text: Option<&str>| text.unwrap_or("-").to_owned();
        let read = [
            dash(reading.program),
            dash(reading.version.as_deref()),
            dash(reading.chromium.as_deref()),
            dash(reading.engine),
            dash(reading.system),
            dash(reading.system_version.as_deref()),
        ];
        assert_eq!(read.join(" "), expected, "{value}");
    }

    #[test]
    fn browsers_on_chromium() {
        const WEBKIT: &str = "AppleWebKit/537.36 (KHTML, like Gecko)";
        let chrome = |system: &str, rest: &str| format!("Mozilla/5.0 ({system}) {WEBKIT} {rest}");
        let windows = "Windows NT 10.0; Win64; x64";
        check(
            &chrome(windows, "Chrome/120.0.0.0 Safari/537.36 Edg/120.0.0.0"),
            "edge 120.0.0.0 120.0.0.0 blink windows_10_or_11 -",
        );
        check(
            &chrome(windows, "Chrome/118.0.0.0 Safari/537.36 Edg/118.0.2088.69"),
            "edge 118.0.2088.69 118.0.0.0 blink windows_10_or_11 -",
        );
        check(
            &chrome(windows, "Chrome/88.0.4324.150 Safari/537.36 Edg/88.0.705.68"),
            "edge 88.0.705.68 88.0.4324.150 blink windows_10_or_11 -",
        );
        check(
            &chrome(windows, "Chrome/64.0.3282.140 Safari/537.36 Edge/17.17134"),
            "edge_legacy 17.17134 - edgehtml windows_10_or_11 -",
        );
        check(&chrome(windows, "Chrome/123.0.0.0 Safari/537.36"), "chrome_like 123.0.0.0 - blink windows_10_or_11 -");
        check(
            &chrome("Windows NT 6.1; WOW64", "Chrome/63.0.3239.132 Safari/537.36 QIHU 360SE"),
            "browser_360 - 63.0.3239.132 blink windows_7 -",
        );
        check(
            &chrome("Windows NT 6.1; WOW64", "Chrome/57.0.2987.98 Safari/537.36 LBBROWSER"),
            "liebao - 57.0.2987.98 blink windows_7 -",
        );
        check(
            &chrome("Windows NT 6.1", "Chrome/33.0.1750.154 Safari/537.36 OPR/20.0.1387.82"),
            "opera 20.0.1387.82 33.0.1750.154 blink windows_7 -",
        );
        check(
            &chrome("Windows NT 5.2", "Chrome/33.0.1750.154 Safari/537.36"),
            "chrome_like 33.0.1750.154 - blink windows_2003 -",
        );
        check(
            &chrome("Macintosh; Intel Mac OS X 10_15_7", "Chrome/127.0.0.0 Safari/537.36"),
            "chrome_like 127.0.0.0 - blink macos_frozen 10_15_7",
        );
        check(
            &chrome("Macintosh; Intel Mac OS X 10_12_4", "Chrome/56.0.2924.87 Safari/537.36"),
            "chrome_like 56.0.2924.87 - blink macos 10_12_4",
        );
        check(
            &chrome("X11; Linux x86_64", "Chrome/84.0.4147.105 Safari/537.36"),
            "chrome_like 84.0.4147.105 - blink linux -",
        );
        check(
            &chrome("X11; Linux x86_64", "HeadlessChrome/150.0.0.0 Safari/537.36"),
            "chrome_headless 150.0.0.0 - blink linux -",
        );
        check(
            &chrome("Linux; Android 9; Nokia 2.2", "Chrome/79.0.3945.93 Mobile Safari/537.36"),
            "chrome_like 79.0.3945.93 - blink android 9",
        );
        check(
            &chrome("Linux; Android) ", "Chrome/34.0.1847.131 Safari/537.36"),
            "chrome_like 34.0.1847.131 - blink android -",
        );
        check(
            &chrome(
                "Linux; Android 9; JKM-LX1 Build/HUAWEIJKM-LX1; wv",
                "Version/4.0 Chrome/106.0.5249.118 Mobile Safari/537.36",
            ),
            "web_view 106.0.5249.118 - blink android 9",
        );
        check(
            &chrome(
                "Linux; Android 6.0.1; OPPO A57t Build/MMB29M; wv",
                "Version/4.0 Chrome/66.0.3359.126 MQQBrowser/6.2 TBS/044611 Mobile Safari/537.36 MMWEBID/416 \
                 MicroMessenger/7.0.4.1420(0x2700043A) Process/tools NetType/4G",
            ),
            "wechat 7.0.4.1420 66.0.3359.126 blink android 6.0.1",
        );
    }

    #[test]
    fn other_browsers() {
        check(
            "Mozilla/5.0 (Windows NT 6.1) AppleWebKit/535.19 (KHTML, like Gecko) Chrome/18.0.1025.166 Safari/535.19",
            "chrome_like 18.0.1025.166 - webkit windows_7 -",
        );
        check(
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:97.0) Gecko/20100101 Firefox/97.0",
            "firefox 97.0 - gecko windows_10_or_11 -",
        );
        check(
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:93.0) Gecko/20100101 Firefox/93.0",
            "firefox 93.0 - gecko macos_frozen 10.15",
        );
        check(
            "Mozilla/5.0 (X11; U; Linux i686; en-US; rv:1.9.1.8) Gecko/20100214 Ubuntu/9.10 (karmic) Firefox/3.5.8",
            "firefox 3.5.8 - gecko linux -",
        );
        check(
            "Mozilla/5.0 (X11; Linux x86_64; rv:38.0) Gecko/20100101 Firefox/38.0 Iceweasel/38.6.0",
            "iceweasel 38.6.0 - gecko linux -",
        );
        check(
            "Mozilla/5.0 (Windows; U; Windows NT 5.1; en-US; rv:1.0.2) Gecko/20021120 Netscape/7.01",
            "netscape 7.01 - gecko windows_xp -",
        );
        check(
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_7_3) AppleWebKit/534.55.3 (KHTML, like Gecko) Version/5.1.3 Safari/534.53.10",
            "safari 5.1.3 - webkit macos 10_7_3",
        );
        check(
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15",
            "safari 17.5 - webkit macos_frozen 10_15_7",
        );
        check(
            "Mozilla/5.0 (Linux; U; Android 2.3.3; en-gb; Desire HD Build/FRG83D) AppleWebKit/533.1 (KHTML, like Gecko) Version/4.0 Mobile Safari/533.1",
            "android_browser 4.0 - webkit android 2.3.3",
        );
        check(
            "Mozilla/5.0 (iPhone; CPU iPhone OS 12_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
            "- - - - ios 12_2",
        );
        check(
            "Mozilla/5.0 (iPhone; CPU iPhone OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/120.0.6099.119 Mobile/15E148 Safari/604.1",
            "chrome 120.0.6099.119 - webkit ios 16_6",
        );
        check(
            "Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko",
            "internet_explorer 11 - trident windows_10_or_11 -",
        );
        check(
            "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 6.1; WOW64; Trident/7.0; SLCC2; .NET CLR 2.0.50727)",
            "internet_explorer 11 - trident windows_7 -",
        );
        check(
            "Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1; SV1)",
            "internet_explorer 6.0 - trident windows_xp -",
        );
        check(
            "Mozilla/5.0 (compatible; Konqueror/3.5; Linux) KHTML/3.5.2 (like Gecko) Kubuntu 6.06 Dapper",
            "konqueror 3.5 - khtml linux -",
        );
    }

    #[test]
    fn programs_that_are_no_browsers() {
        check("curl/8.13.0", "curl 8.13.0 - - - -");
        check("curl/7.24.0 (x86_64-apple-darwin12.0) libcurl/7.24.0 OpenSSL/0.9.8y", "curl 7.24.0 - - - -");
        check("Wget/1.20.3 (linux-gnu)", "wget 1.20.3 - - - -");
        check("python-requests/2.2.1 CPython/3.4.0 Windows/7", "python_requests 2.2.1 - - windows -");
        check("Python-urllib/3.6", "python_urllib 3.6 - - - -");
        check("Go-http-client/1.1", "go 1.1 - - - -");
        check("okhttp/3.10.0", "okhttp 3.10.0 - - - -");
        check("Dalvik/2.1.0 (Linux; U; Android 9; EML-AL00 Build/HUAWEIEML-AL00)", "dalvik 2.1.0 - - android 9");
        check("Microsoft-CryptoAPI/10.0", "cryptoapi 10.0 - - - -");
        check("MicroMessenger Client", "wechat - - - - -");
        check("QQ/7.9.8.464 CFNetwork/894 Darwin/17.4.0", "qq 7.9.8.464 - - - -");
        check("FreePP/413 CFNetwork/901.1 Darwin/17.6.0", "cfnetwork 901.1 - - - -");
        check("Mozilla/5.00 (Nikto/2.1.6) (Evasions:None) (Test:robots)", "nikto 2.1.6 - - - -");
        check("Debian APT-HTTP/1.3 (1.2.32)", "apt 1.3 - - - -");
    }

    #[test]
    fn what_no_table_knows_stays_unread() {
        for value in ["", "Mozilla/5.0", "czxt2s", "() { :; }; echo x", "**", "Hello, world"] {
            check(value, "- - - - - -");
        }
        check("EvilCurl/curl/", "- - - - - -");
    }

    #[test]
    fn reduced_values_say_less() {
        let of = |system: &str, version: &str| {
            read(&format!(
                "Mozilla/5.0 ({system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{version} Safari/537.36"
            ))
        };
        let windows = "Windows NT 10.0; Win64; x64";
        let reading = of(windows, "120.0.0.0");
        assert!(reading.reduced && reading.fixed_system);
        assert_eq!(reading.compatibility, ["Mozilla", "AppleWebKit", "KHTML", "Gecko", "Safari"]);
        assert!(!of(windows, "88.0.4324.104").reduced);
        assert!(!of(windows, "103.0.0.0").fixed_system);
        assert!(of("Linux; Android 10; K", "119.0.0.0").fixed_system);
        assert!(!of("Linux; Android 13; SM-A715F", "119.0.0.0").fixed_system);
        assert_eq!(of("Windows NT 6.1; WOW64", "44.0.2403.125").bits, Some("wow64"));
    }

    #[test]
    fn every_code_is_worded() {
        let lab = Lab::built_in(DEFAULT).unwrap();
        let programs = TOOLS.iter().chain(PROGRAMS).map(|(_, code)| format!("user_agent.program.{code}"));
        let more = ["android_browser", "safari"].map(|code| format!("user_agent.program.{code}"));
        let systems = SYSTEMS.iter().map(|(_, code)| format!("user_agent.system.{code}"));
        let engines = ["blink", "webkit", "gecko", "trident", "edgehtml", "presto", "khtml"];
        let engines = engines.map(|code| format!("user_agent.engine.{code}"));
        let frozen = ["user_agent.system.macos_frozen".to_owned()];
        for key in programs.chain(more).chain(systems).chain(engines).chain(frozen) {
            for language in &lab.manifest.languages {
                assert!(lab.wording(language).unwrap().get(&key).is_some(), "{language}: {key}");
            }
        }
    }
}
