//! Registers that stay silent for some days (Article 8): applications wait, a duty asks again, and what it does not settle a
//! person decides, with a reason.

use super::City;
use kaguan_domain::application::{ConfirmByHand, Decline, ask_again, waits_for};
use kaguan_domain::dispatch::HolderCommand as C;
use kaguan_domain::facts::application::Ground;
use kaguan_store::UncheckedIn;

impl City {
    /// The registers fall silent, or answer again.
    pub(super) fn registers(&mut self) {
        if self.silent_until.is_some_and(|until| self.today >= until) {
            self.around.registers.set_down(false);
            self.silent_until = None;
        } else if self.silent_until.is_none() && (self.today == self.first_silence || self.rng.u8(..50) == 0)
        {
            self.around.registers.set_down(true);
            self.silent_until = Some(self.today + self.rng.i64(2..7));
        }
        if self.silent_until.is_some() {
            self.did("核验系统无应答（天）");
        }
    }

    /// What has waited for two days, or what no register can settle, is looked at by a person; not everybody waits for one.
    pub(super) async fn decide_waiting(&mut self) -> anyhow::Result<()> {
        let here = UncheckedIn { city: Some(self.city.as_str()), ..UncheckedIn::default() };
        let waiting = self.service.store().applications_unchecked(here, None, 10_000).await?;
        let (institutions, now) = (self.service.institutions(), self.service.now());
        let loaded = self.load(waiting.iter().map(|w| w.holder).collect()).await?;
        for w in waiting {
            let Some(file) = loaded.holders.get(&w.holder) else { continue };
            let Some(a) = file.application(w.application) else { continue };
            if waits_for(file, a, &institutions, now.date()).is_none() {
                self.wrongs.push(format!("档案{}：待核验的申请{}没有说明在等什么", file.id, a.id));
            }
            let again = ask_again(a);
            if again.is_some_and(|at| at <= now) {
                self.wrongs.push(format!("档案{}：申请{}应再次核验而未核验", file.id, a.id));
            }
            let days = now.date().since(a.received_on)?.get_days();
            let looked_at = match again {
                Some(_) => days >= 2 && self.rng.u8(..6) == 0,
                None => days >= 1,
            };
            if !looked_at {
                continue;
            }
            let actor = if a.outlet == self.outlet { self.clerk.clone() } else { self.officer.clone() };
            let application = a.id;
            let ground = "核对证件原件及户籍证明，与申请人一致".into();
            if self.rng.u8(..8) > 0
                && self.say(&actor, file.id, C::ConfirmByHand(ConfirmByHand { application, ground })).await?
            {
                self.did("人工核验通过");
                continue;
            }
            let ground = Ground {
                reason: "登记机关没有申请人的记录，所提交材料不能证明身份".into(),
                article: "第八条".into(),
                remedy: "请补充身份证明材料后重新申请".into(),
            };
            if self.say(&actor, file.id, C::Decline(Decline { application, ground })).await? {
                self.did("待核验后不予受理");
            }
        }
        Ok(())
    }
}
