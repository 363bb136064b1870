//! What 公安 has on record of an invented citizen: everybody whose number is right has a name, a document and an address that follow
//! from the number.

use kaguan_api::message::Record;
use kaguan_domain::facts::social_security_number::{NumberKind, SocialSecurityNumber};
use kaguan_domain::spelling;

const FAMILY: [&str; 10] = ["陈", "李", "黄", "张", "林", "梁", "吴", "何", "罗", "邓"];
const GIVEN: [&str; 10] = ["伟明", "秀英", "志强", "丽华", "建国", "晓燕", "家豪", "嘉欣", "国荣", "美玲"];

/// The record of a citizen's number; nothing for a number that no citizen has.
pub fn invented(number: &str) -> Option<Record> {
    let number = SocialSecurityNumber::parse(&spelling::number(number)).ok()?;
    if number.kind() != NumberKind::Citizen {
        return None;
    }
    let digits = number.as_str().as_bytes();
    let digit = |at: usize| usize::from(digits[at] - b'0');
    Some(Record {
        name: format!("{}{}", FAMILY[digit(15)], GIVEN[digit(14)]),
        sex: number.sex()?.to_owned(),
        birth_date: number.birth_date()?.strftime("%Y%m%d").to_string(),
        ethnicity: "01".into(),
        nationality: "CHN".into(),
        address: format!("广东省虚构市模拟路{}号", digit(14) * 10 + digit(15) + 1),
        issuing_authority: "虚构市公安局".into(),
        valid_from: "20200101".into(),
        valid_until: "20400101".into(),
    })
}
