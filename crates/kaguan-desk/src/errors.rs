//! Error codes of `SSCardDriver` (`data/sscard_error_codes.csv`) in Chinese.

use kaguan_api::desk::{MACHINE_SILENT, NO_KEYPAD, PIN_CLEARED, may_be_done};
use kaguan_domain::pin::PoorPin;

/// Whether a function that failed with a code is done in steps, with the province's 加密机: the driver lacks the key.
pub fn wants_machine(code: i32) -> bool {
    let table = include_str!("../../../data/sscard_error_codes.csv").lines().skip(1);
    let line = table.filter_map(|line| line.split_once(',')).find(|(c, _)| c.parse() == Ok(code));
    line.is_some_and(|(_, rest)| rest.ends_with(",yes"))
}

/// What a code means; `out` is what stood in `pOutInfo` beside it, of which only a number and what is wrong with a new
/// PIN are told: drivers put data of cards there.
pub fn words(code: i32, out: &str) -> String {
    let table = include_str!("../../../data/sscard_error_codes.csv").lines().skip(1);
    let meaning = table
        .filter_map(|line| line.split_once(','))
        .find(|(c, _)| c.parse() == Ok(code))
        .and_then(|(_, rest)| rest.split(',').next())
        .unwrap_or("未知错误");
    if let Some(poor) = PoorPin::ALL.into_iter().find(|p| p.words() == out) {
        return poor.words().into();
    }
    match code {
        // Beside it stands why no new one was typed.
        PIN_CLEARED => {
            let code = out.parse::<i32>().ok();
            let why = code.map_or_else(String::new, |why| format!("（{}）", words(why, "")));
            // A card that was gone may have heard the command, or not.
            let set = if code.is_some_and(may_be_done) { "是否设置成不明" } else { "没有设置成" };
            return format!("原密码已失效，新密码{set}{why}，请再办理一次密码重置");
        }
        NO_KEYPAD => {
            return "本机规定密码只在读卡器键盘上输入，而读卡器没有能办理这项业务的键盘；请换用带密码键盘的读卡器，或由管理员改用--pin-entry window".into();
        }
        MACHINE_SILENT => {
            return "读写器没有卡密钥（PSAM），省加密机没有应答，卡没有改动；请稍后再试，仍不成的报省中心"
                .into();
        }
        _ => {}
    }
    let left = out.trim().trim_end_matches('|').parse::<u8>().ok();
    match (code, left) {
        (-51, Some(left)) => format!("密码错误，还可尝试{left}次"),
        (-51, None) => "密码错误".into(),
        (-52, _) => "密码已锁定".into(),
        _ => meaning.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{MACHINE_SILENT, NO_KEYPAD, PIN_CLEARED, wants_machine, words};

    #[test]
    fn every_code_of_the_table_has_a_sentence_and_a_strange_one_has_too() {
        let all = include_str!("../../../data/sscard_error_codes.csv").lines().skip(1);
        for code in all.filter_map(|l| l.split(',').next()?.parse().ok()) {
            assert!(!words(code, "").is_empty(), "{code}");
        }
        assert_eq!(words(-51, "3|"), "密码错误，还可尝试3次");
        assert_eq!(words(-2, "张三"), "无卡", "what a driver says of somebody is not told on");
        assert_eq!(words(-31337, ""), "未知错误");
        assert_eq!(
            words(PIN_CLEARED, "-32"),
            "原密码已失效，新密码没有设置成（密码输入操作超时），请再办理一次密码重置"
        );
        assert!(words(PIN_CLEARED, "-4").starts_with("原密码已失效，新密码是否设置成不明（卡无应答）"));
        assert!(words(NO_KEYPAD, "").contains("--pin-entry window"));
        assert!(words(MACHINE_SILENT, "").contains("卡没有改动"));
        let all = (-30_000..0).filter(|code| wants_machine(*code)).collect::<Vec<_>>();
        assert_eq!(all, [-27_272, -2203, -2202, -2201, -24]);
    }
}
