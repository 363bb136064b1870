//! 领卡通知: who is told that the card lies at its outlet.

use kaguan_domain::clause;
use kaguan_domain::facts::letter::Letter;
use kaguan_domain::facts::notice::{Notice, NoticeKind};
use kaguan_testkit::{BOTH, World};

#[tokio::test]
async fn art_31_the_holder_is_told_by_which_outlet_the_card_waits_and_only_once() {
    clause!(R31.3);
    for on in BOTH {
        let w = World::new(on).await;
        let mut apply = w.apply(1, w.outlet());
        apply.draft.mobile = "13900000001".into();
        w.takes_in(1, apply).await;
        let batch = w.cards_made().await;
        assert_eq!(w.service.tell_ready().await.unwrap(), 0, "it is still on its way");
        assert_eq!(w.service.end_periods().await.unwrap(), 0, "and its period runs");
        w.at_outlet(batch, w.outlet()).await;
        clause!(R7.1);
        assert_eq!(w.service.end_periods().await.unwrap(), 1);
        assert_eq!(w.service.end_periods().await.unwrap(), 0, "once");
        assert_eq!(w.service.tell_ready().await.unwrap(), 1);
        assert_eq!(w.service.tell_ready().await.unwrap(), 0, "once");
        w.service.deliver().await.unwrap();
        let name = w.service.institutions().org(w.outlet()).unwrap().name.clone();
        let said = w.around.sms.messages().into_iter().filter_map(|m| match m.letter {
            Letter::Notice(n) => Some(n.text),
            _ => None,
        });
        let said: Vec<String> = said.filter(|t| t.contains("送达")).collect();
        assert!(said.len() == 1 && said[0].contains(&name), "{said:?}");
        w.verified().await;
    }
}

#[test]
fn art_31_after_a_bank_change_the_holder_is_told_what_is_left_to_do_at_the_old_bank() {
    clause!(R31.3);
    let at = kaguan_domain::ctx::Instant(0);
    let notice = |outlet| Notice { outlet, ..Notice::new(NoticeKind::Ready, at) };
    let text = notice(Some("建设银行广州网点".to_owned())).text(true);
    assert!(
        text.contains("建设银行广州网点") && text.contains("原服务银行") && text.contains("回执"),
        "{text}"
    );
    assert!(!notice(Some("天河窗口".to_owned())).text(false).contains("原服务银行"));
    assert_eq!(notice(None).text(false), NoticeKind::Ready.text());
    assert!(notice(None).text(true).contains("有效身份证件和业务受理回执"));
}
