//! What the stories have not: unit applications, and orders of pre-made cards, by the commands of those who make them.

use crate::walk;
use anyhow::Context;
use kaguan_domain::application::UnitForm;
use kaguan_domain::ctx::{Actor, Channel};
use kaguan_domain::facts::institution::OrgKind;
use kaguan_domain::ids::{BankCode, VendorCode};
use kaguan_service::Service;
use kaguan_service::setup::FORM_BANKS;

/// Unit applications that wait at each outlet, and orders of each city.
const EACH: usize = 10;

/// Adds them; some hundreds of each.
pub async fn add(service: &Service) -> anyhow::Result<()> {
    let institutions = service.institutions();
    let today = service.now().date();
    let day = today.strftime("%Y%m%d").to_string();
    let seen = || Some("1".to_owned());
    for org in institutions.orgs().filter(|o| o.kind == OrgKind::HrOutlet) {
        let clerk = walk::officer(service, org).await?;
        let city = org.city().context("an outlet without a city")?;
        for n in 0..EACH {
            let form = UnitForm {
                form_no: format!("{}U{:06}{n:03}", city.as_str(), org.id.0),
                kind: "enterprise".into(),
                employer_code: format!("91440101BENCH{n:05}"),
                employer_name: format!("测速制造有限公司{n}"),
                address: "测速路1号".into(),
                operator_name: "李四".into(),
                operator_sex: "1".into(),
                operator_document: "1".into(),
                operator_number: "440106199001010013".into(),
                operator_phone: "13900000000".into(),
                authorisation: "测速委托书1号".into(),
                matter: "批量申领社会保障卡".into(),
                until: "20991231".into(),
                people: "20".into(),
                applied_on: day.clone(),
                accepted_on: day.clone(),
                operator_verified: seen(),
                proof: seen(),
                authorisation_kept: seen(),
                operator_copy: seen(),
                applicant_copies: seen(),
                personal_forms: seen(),
                consents: seen(),
            };
            let key = Some(format!("bench-unit-{}-{n}", org.id));
            let ctx = service.ctx(clerk.clone(), Channel::Console, key);
            service.register_unit(ctx, org.id, None, &form).await?;
        }
    }
    let province = institutions.province_centre().context("no province centre")?;
    let province = walk::officer(service, province).await?;
    for org in institutions.orgs().filter(|o| o.kind == OrgKind::CityCentre) {
        let officer: Actor = walk::officer(service, org).await?;
        let city = org.city().context("a centre without a city")?;
        for (n, bank) in FORM_BANKS.iter().cycle().take(EACH).enumerate() {
            let (bank, vendor) = (BankCode((*bank).into()), VendorCode("1".into()));
            let order = service.order_blanks(&officer, &city, &bank, &vendor, 10, "测速").await?;
            if n % 2 == 0 {
                service.generate_blanks(&province, order).await?;
            }
        }
    }
    Ok(())
}
