//! Whatever a file of the folder holds, reading it does not panic.

use proptest::prelude::*;

use crate::change_plan::Plan;
use crate::ledger_line::Record;
use crate::openssl_conf::OpensslConf;

proptest! {
    #[test]
    fn any_ledger_line_is_read_or_refused(line in "[VRE]?(\t|[0-9Z]{12,15}|[0-9A-F]{0,41}|é|,|\\PC){0,12}") {
        if let Ok(record) = Record::from_line(&line) {
            let written = record.to_line();
            prop_assert_eq!(Record::from_line(written.trim_end_matches('\n')), Ok(record));
        }
    }

    #[test]
    fn any_configuration_is_read(text in "([a-z$(){}\\[\\]=#'\"\\\\:é\n ]|ca::|default){0,80}") {
        drop(OpensslConf::read(&text));
    }

    #[test]
    fn any_plan_is_read_or_refused(text in "(trustpack plan 1\n)?((serial|line|file|end)? ?[0-9a-f/.é]{0,6}\n){0,8}") {
        drop(Plan::from_text(&text));
    }
}
