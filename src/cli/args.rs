//! What can be typed on the command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::select::Filter;

/// The table of exit codes, as `--help` prints it.
const EXIT_CODES: &str = "\
Exit codes:
  report   0  written, and the capture holds all the evidence that the lab asks for
           1  written, but evidence is missing; the report says which
           2  nothing written
  render   0  written
           1  written, but a figure or picture of the report is left out; the message says which
           2  nothing written
  inspect  0  read to the end, also without HTTP and without frames
           1  read, but the file is damaged or cut
           2  not readable: not a capture, or no frame could be read
  Everywhere 2 also means wrong usage, no match for --stream, --frame or --host,
  --frames out of range, a broken template, or an output that was edited since
  wirelab wrote it (--force overwrites it).";

/// Turns a packet capture into a correct, bilingual lab report.
#[derive(Debug, Parser)]
#[command(name = "wirelab", bin_name = "wirelab", version, after_help = EXIT_CODES, arg_required_else_help = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Print no messages but errors.
    #[arg(long, global = true)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write the lab report of a capture.
    #[command(after_help = EXIT_CODES)]
    Report(Box<ReportArguments>),
    /// Make the page of a report whose Markdown was filled in.
    #[command(after_help = EXIT_CODES)]
    Render(RenderArguments),
    /// Print what is in a capture: all connections and exchanges, or the fields of frames.
    #[command(after_help = EXIT_CODES)]
    Inspect(InspectArguments),
    /// List, show and make labs: the templates, wording and look of reports.
    #[command(subcommand, after_help = EXIT_CODES)]
    Lab(LabCommand),
    /// Print a completion script for a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum LabCommand {
    /// List the built-in labs and those in the current folder.
    List,
    /// Print what a lab is: its titles, languages, hosts, evidence, sections and files.
    Show {
        /// The name of a built-in lab, or a folder.
        lab: String,
    },
    /// Find everything that is wrong with a lab: file, line and what to do. Exit code 0 if nothing is.
    Check {
        /// A folder, or the name of a built-in lab.
        lab: String,
    },
    /// Make a folder with a small lab that takes everything else from the built-in one.
    New(NewArguments),
}

#[derive(Debug, Args)]
pub(crate) struct NewArguments {
    /// The folder to make.
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
    /// Lab to begin with: a built-in one, or a folder, which is copied.
    #[arg(long, value_name = "LAB", default_value = "http")]
    pub(crate) from: String,
    /// Write every file of the lab, also those that need no change.
    #[arg(long)]
    pub(crate) full: bool,
}

/// The capture, and how much of it is read.
#[derive(Debug, Args)]
pub(crate) struct InputArguments {
    /// Capture file (pcap or pcapng, also compressed with gzip, zstd or LZ4), or - for standard input.
    pub(crate) capture: PathBuf,
    /// Most bytes taken out of a compressed capture or copied from standard input, such as 500MiB or 20GiB.
    #[arg(long, value_name = "SIZE", default_value = "8GiB")]
    pub(crate) max_size: ByteCount,
}

#[derive(Debug, Args)]
pub(crate) struct ReportArguments {
    #[command(flatten)]
    pub(crate) input: InputArguments,
    /// Lab that words the report: the name of a built-in lab, or a folder.
    #[arg(long, default_value = "http")]
    pub(crate) lab: String,
    /// Language: zh, en, or a pair such as zh-en.
    #[arg(long, default_value = "zh-en")]
    pub(crate) lang: String,
    /// Formats to write.
    #[arg(long, value_enum, value_delimiter = ',')]
    pub(crate) format: Vec<ReportFormat>,
    /// File, folder, or - for standard output. Default: the capture's name in the current folder.
    #[arg(short, long)]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) choice: ChoiceArguments,
    /// Student number on the cover.
    #[arg(long)]
    pub(crate) student_id: Option<String>,
    /// Student name on the cover.
    #[arg(long)]
    pub(crate) student_name: Option<String>,
    /// Class on the cover.
    #[arg(long)]
    pub(crate) class: Option<String>,
    /// Time zone of printed times: an IANA name such as Asia/Shanghai. Default: the lab's for the first language.
    #[arg(long)]
    pub(crate) time_zone: Option<String>,
    /// Show the values of cookies, credentials and password fields, which are masked otherwise.
    #[arg(long)]
    pub(crate) show_secrets: bool,
    #[command(flatten)]
    pub(crate) writing: WritingArguments,
}

/// What holds for every command that writes files.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct WritingArguments {
    /// Overwrite files that were edited since wirelab wrote them, or that it did not write.
    #[arg(long)]
    pub(crate) force: bool,
    /// Open the page when it is written.
    #[arg(long)]
    pub(crate) open: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RenderArguments {
    /// Report in Markdown, as `report` wrote it and a student filled it in. Its figures are read from beside it.
    pub(crate) report: PathBuf,
    /// File, folder, or - for standard output. Default: the report's name with .html, beside it.
    #[arg(short, long)]
    pub(crate) output: Option<PathBuf>,
    /// Lab that the report was made with: the name of a built-in lab, or a folder. Default: the one that the report names.
    #[arg(long)]
    pub(crate) lab: Option<String>,
    #[command(flatten)]
    pub(crate) writing: WritingArguments,
}

#[derive(Debug, Args)]
#[group(multiple = false)]
pub(crate) struct ChoiceArguments {
    /// Report on this connection (Wireshark's tcp.stream).
    #[arg(long)]
    stream: Option<u32>,
    /// Report on the exchange or connection of this frame.
    #[arg(long)]
    frame: Option<u64>,
    /// Report on an exchange with this host.
    #[arg(long)]
    host: Option<String>,
}

impl ChoiceArguments {
    /// The filter that was asked for, and how it was typed.
    pub(crate) fn filter(&self) -> Option<(Filter, String)> {
        if let Some(stream) = self.stream {
            return Some((Filter::Stream(stream), format!("--stream {stream}")));
        }
        if let Some(frame) = self.frame {
            return Some((Filter::Frame(frame), format!("--frame {frame}")));
        }
        self.host.as_ref().map(|host| (Filter::Host(host.clone()), format!("--host {host}")))
    }

    /// The filter that was typed so.
    pub(crate) fn read(typed: &str) -> Option<(Filter, String)> {
        let (flag, value) = typed.split_once(' ')?;
        let filter = match flag {
            "--stream" => Filter::Stream(value.parse().ok()?),
            "--frame" => Filter::Frame(value.parse().ok()?),
            "--host" => Filter::Host(value.to_owned()),
            _ => return None,
        };
        Some((filter, typed.to_owned()))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// A self-contained page.
    Html,
    /// Markdown, to be filled in.
    Md,
    /// The Report as JSON.
    Json,
}

impl ReportFormat {
    pub(crate) fn extension(self) -> &'static str {
        match self {
            ReportFormat::Html => "html",
            ReportFormat::Md => "md",
            ReportFormat::Json => "json",
        }
    }

    pub(crate) fn of_extension(extension: &str) -> Option<Self> {
        let all = [ReportFormat::Html, ReportFormat::Md, ReportFormat::Json];
        all.into_iter().find(|format| extension.eq_ignore_ascii_case(format.extension()))
    }
}

#[derive(Debug, Args)]
pub(crate) struct InspectArguments {
    #[command(flatten)]
    pub(crate) input: InputArguments,
    /// How to print.
    #[arg(long, value_enum, default_value_t = InspectFormat::Text)]
    pub(crate) format: InspectFormat,
    /// Print the fields of these frames, as a list of numbers and ranges such as 234,246-250, or all.
    #[arg(long, value_name = "LIST|all")]
    pub(crate) frames: Option<FrameList>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum InspectFormat {
    /// For people.
    Text,
    /// For scripts; with --frames one object per line and frame.
    Json,
}

/// A number of bytes, as people write it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ByteCount(pub(crate) u64);

impl std::str::FromStr for ByteCount {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            || format!("`{text}` is no size; give a number of bytes, or one with KiB, MiB or GiB such as 500MiB");
        let digits = text.trim_end_matches(|character: char| character.is_ascii_alphabetic() || character == ' ');
        let unit = text.get(digits.len()..).unwrap_or_default().trim().to_ascii_lowercase();
        let factor: u64 = match unit.as_str() {
            "" | "b" => 1,
            "k" | "kib" => 1 << 10,
            "m" | "mib" => 1 << 20,
            "g" | "gib" => 1 << 30,
            "t" | "tib" => 1 << 40,
            "kb" => 1000,
            "mb" => 1_000_000,
            "gb" => 1_000_000_000,
            "tb" => 1_000_000_000_000,
            _ => return Err(wrong()),
        };
        let number: u64 = digits.parse().map_err(|_| wrong())?;
        number.checked_mul(factor).filter(|bytes| *bytes > 0).map(Self).ok_or_else(wrong)
    }
}

/// Frames that were asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FrameList {
    All,
    /// First and last of each range.
    Ranges(Vec<(u64, u64)>),
}

impl std::str::FromStr for FrameList {
    type Err = String;

    fn from_str(list: &str) -> Result<Self, String> {
        if list == "all" {
            return Ok(Self::All);
        }
        let number = |text: &str| {
            text.trim().parse::<u64>().ok().filter(|number| *number > 0).ok_or_else(|| {
                format!("`{text}` is not a frame number; give numbers from 1 such as 234,246 or 10-20, or `all`")
            })
        };
        let range = |part: &str| match part.split_once('-') {
            None => number(part).map(|only| (only, only)),
            Some((first, last)) => {
                let range = (number(first)?, number(last)?);
                if range.0 <= range.1 { Ok(range) } else { Err(format!("`{part}` ends before it begins")) }
            }
        };
        list.split(',').map(range).collect::<Result<_, _>>().map(Self::Ranges)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frame_lists() {
        let parse = |list: &str| list.parse::<FrameList>();
        assert_eq!(parse("all"), Ok(FrameList::All));
        assert_eq!(parse("234,246-250"), Ok(FrameList::Ranges(vec![(234, 234), (246, 250)])));
        for wrong in ["", "0", "a", "5-3", "1,,2", "-1"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn sizes() {
        let parse = |text: &str| text.parse::<ByteCount>().map(|count| count.0);
        for (text, bytes) in
            [("1", 1), ("10 B", 10), ("2KiB", 2048), ("3 mib", 3 << 20), ("8GiB", 8 << 30), ("1T", 1 << 40)]
        {
            assert_eq!(parse(text), Ok(bytes), "{text}");
        }
        assert_eq!((parse("2kB"), parse("5MB")), (Ok(2000), Ok(5_000_000)));
        for wrong in ["", "0", "-1", "GiB", "1.5GiB", "8GiBs", "1 2", "99999999999GiB", "8 é"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory;
        Arguments::command().debug_assert();
    }
}
