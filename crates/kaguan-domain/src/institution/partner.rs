//! Partners: whose computers speak with the system, under which keys, and where they are reached.

use crate::clause;
use crate::facts::partner::{Partner, PartnerKey};
use crate::refusal::{Reason, Refusal};
use crate::spelling;

/// Whether a partner can be registered, or its entry changed: everything that is wrong, at once.
pub(super) fn check_partner(partner: &Partner) -> Result<(), Refusal> {
    clause!(R6.1);
    let mut wrong: Vec<String> = Vec::new();
    if spelling::says_nothing(&partner.name) {
        wrong.push("缺合作方名称".into());
    }
    let http = |e: &String| e.starts_with("https://") || e.starts_with("http://");
    if partner.endpoint.as_ref().is_some_and(|e| !http(e) || e.ends_with('/')) {
        wrong.push("接口地址须以http(s)://开头，末尾不带斜杠".into());
    }
    wrong.extend(partner.keys.iter().filter_map(|k| check_key(k).err()));
    if wrong.is_empty() { Ok(()) } else { Err(Refusal::about(Reason::MaterialDefective, wrong.join("；"))) }
}

/// Whether a key is well formed; that it lies on the curve is the signature's to find.
pub(super) fn check_key(key: &PartnerKey) -> Result<(), String> {
    let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    if key.public.len() != 130 || !key.public.starts_with("04") || !key.public.bytes().all(hex) {
        return Err(format!("公钥{}须为130位小写十六进制（04开头的未压缩点）", key.id));
    }
    if key.id.is_empty()
        || key.id.len() > 32
        || !key.id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    {
        return Err("公钥名称须为1至32位字母、数字或连字符".into());
    }
    if key.until.is_some_and(|until| until <= key.from) {
        return Err(format!("公钥{}的失效时间不晚于生效时间", key.id));
    }
    Ok(())
}
