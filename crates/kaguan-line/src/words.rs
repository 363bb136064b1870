//! What the parser of the command line says itself, in Chinese as everything else here: what is wrong with a line, and the words between our
//! own in a help page.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, Error};
use std::error::Error as _;
use std::net::AddrParseError;
use std::num::{IntErrorKind, ParseFloatError, ParseIntError};
use std::process::ExitCode;

/// The parser's own words in a help page or a usage; what holds another one comes before it.
const WORDS: [(&str, &str); 14] = [
    ("Print help (see more with '--help')", "显示帮助（--help 更详细）"),
    ("Print help (see a summary with '-h')", "显示帮助（-h 为摘要）"),
    ("Print this message or the help of the given subcommand(s)", "显示本说明或所列命令的说明"),
    ("Print help", "显示帮助"),
    ("Print version", "显示版本"),
    ("Usage:", "用法："),
    ("Commands:", "命令："),
    ("Arguments:", "参数："),
    ("Options:", "选项："),
    ("Possible values:", "可取："),
    ("[possible values: ", "[可取："),
    ("[default: ", "[缺省："),
    ("[OPTIONS]", "[选项]"),
    ("<COMMAND>", "<命令>"),
];

/// The help of a command and of all below it, short and long, as they are printed.
pub fn help_pages(command: Command) -> Vec<String> {
    let (mut all, mut pages) = (vec![command], Vec::new());
    while let Some(mut command) = all.pop() {
        all.extend(command.get_subcommands().cloned());
        let both = [command.render_help(), command.render_long_help()];
        pages.extend(both.map(|page| translated(&page.to_string())));
    }
    pages
}

fn translated(text: &str) -> String {
    WORDS.iter().fold(text.to_owned(), |text, (theirs, ours)| text.replace(theirs, ours))
}

/// Prints what the parser has to say instead of a command, and how the program ends: a line that is wrong goes to standard error, with the
/// code of a wrong line (2); help and version are an answer.
pub fn tell(told: &Error) -> ExitCode {
    if !told.use_stderr() {
        print!("{}", translated(&told.render().to_string()));
        return ExitCode::SUCCESS;
    }
    match sentence(told) {
        Some(why) => {
            eprintln!("错误：{why}");
            if let Some(usage) = told.get(ContextKind::Usage) {
                eprintln!("{}", translated(&usage.to_string()));
            }
            eprintln!("用 --help 查看说明");
        }
        // A command that needs another one shows its help.
        None => eprintln!("{}", translated(told.render().to_string().trim_end())),
    }
    ExitCode::from(u8::try_from(told.exit_code()).unwrap_or(2))
}

/// Some words of what is wrong, separated as Chinese does; empty when it is not told.
fn of(told: &Error, kind: ContextKind) -> String {
    match told.get(kind) {
        Some(ContextValue::Strings(all)) => all.join("、"),
        Some(ContextValue::StyledStrs(all)) => {
            all.iter().map(ToString::to_string).collect::<Vec<_>>().join("、")
        }
        Some(other) => other.to_string(),
        None => String::new(),
    }
}

/// What is wrong with a line, all that the parser knows, without a full stop; `None` of what is no fault, or has no words of ours.
pub fn sentence(told: &Error) -> Option<String> {
    use ContextKind as K;
    let (arg, value) = (of(told, K::InvalidArg), of(told, K::InvalidValue));
    let instead = |kind| {
        let meant = of(told, kind);
        if meant.is_empty() {
            meant
        } else {
            format!("；是否为“{}”", meant.replace('、', "”或“"))
        }
    };
    let count = |kind| match told.get(kind) {
        Some(ContextValue::Number(n)) => n.to_string(),
        _ => String::new(),
    };
    Some(match told.kind() {
        ErrorKind::InvalidValue => {
            let valid = of(told, K::ValidValue);
            let valid = if valid.is_empty() { valid } else { format!("，可取：{valid}") };
            match value.is_empty() {
                true => format!("“{arg}”须给出值{valid}"),
                false => format!("“{arg}”的值“{value}”无效{valid}{}", instead(K::SuggestedValue)),
            }
        }
        ErrorKind::UnknownArgument => format!("没有“{arg}”这一参数{}", instead(K::SuggestedArg)),
        ErrorKind::InvalidSubcommand => {
            format!("没有“{}”这一命令{}", of(told, K::InvalidSubcommand), instead(K::SuggestedSubcommand))
        }
        ErrorKind::NoEquals => format!("“{arg}”与其值之间须写等号"),
        ErrorKind::ValueValidation => format!("“{arg}”的值“{value}”无效：{}", why(told)),
        ErrorKind::TooManyValues => format!("“{arg}”的值“{value}”多余"),
        ErrorKind::TooFewValues => {
            format!("“{arg}”至少须给出{}个值，只有{}个", count(K::MinValues), count(K::ActualNumValues))
        }
        ErrorKind::WrongNumberOfValues => {
            let (wanted, given) = (count(K::ExpectedNumValues), count(K::ActualNumValues));
            format!("“{arg}”须给出{wanted}个值，给出了{given}个")
        }
        ErrorKind::ArgumentConflict => match of(told, K::PriorArg) {
            prior if prior.is_empty() || prior == arg => format!("“{arg}”只能给出一次"),
            prior => format!("“{arg}”不能与“{prior}”同时给出"),
        },
        ErrorKind::MissingRequiredArgument => format!("缺少：{arg}"),
        ErrorKind::MissingSubcommand => format!("缺少命令，可用：{}", of(told, K::ValidSubcommand)),
        ErrorKind::InvalidUtf8 => "参数不是UTF-8文字".to_owned(),
        _ => return None,
    })
}

/// Why a value is not taken. The words of our own parsers are Chinese; those of the library's are not, and are said by what they are.
fn why(told: &Error) -> String {
    let Some(source) = told.source() else { return "不符合要求".to_owned() };
    if let Some(number) = source.downcast_ref::<ParseIntError>() {
        return match number.kind() {
            IntErrorKind::PosOverflow => "数值过大".to_owned(),
            IntErrorKind::NegOverflow => "数值过小".to_owned(),
            _ => "应为整数".to_owned(),
        };
    }
    if source.is::<ParseFloatError>() {
        return "应为数字".to_owned();
    }
    if source.is::<AddrParseError>() {
        return "应为网络地址，如127.0.0.1:8018".to_owned();
    }
    let words = source.to_string();
    if words.is_ascii() { "格式不正确或超出范围".to_owned() } else { words }
}
