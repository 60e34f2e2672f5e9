//! Who can sign in, and what their rights on records are.
//! Their names and addresses are left to the User table.

use crate::secret;

/// What a user may do with records; everyone may read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rights {
    pub(crate) create: bool,
    pub(crate) update: bool,
    pub(crate) delete: bool,
}

impl Rights {
    pub(crate) const ALL: Rights = Rights {
        create: true,
        update: true,
        delete: true,
    };

    /// Reads a list of rights; the error names the word that is none.
    pub(crate) fn read<'a>(words: impl Iterator<Item = &'a str>) -> Result<Rights, String> {
        let mut rights = Rights {
            create: false,
            update: false,
            delete: false,
        };
        for word in words {
            match word {
                "read" => {}
                "create" => rights.create = true,
                "update" | "edit" => rights.update = true,
                "delete" => rights.delete = true,
                other => return Err(other.to_owned()),
            }
        }
        Ok(rights)
    }
}

/// One log-in.
pub(crate) struct Login {
    pub(super) username: String,
    pub(super) password: String,
    /// The id of the user's record.
    pub(super) user: String,
    pub(super) rights: Rights,
}

impl Login {
    pub(super) fn new(username: &str, password: &str, user: &str, rights: Rights) -> Login {
        Login {
            username: username.to_owned(),
            password: password.to_owned(),
            user: user.to_owned(),
            rights,
        }
    }

    pub(super) fn is(&self, username: &str) -> bool {
        self.username.eq_ignore_ascii_case(username.trim())
    }

    pub(super) fn opens_with(&self, password: &str) -> bool {
        secret::same(&self.password, password)
    }
}
