//! Ids that belong to one user alone: a user's private group, and root as a user namespace shows it.

use std::path::Path;

use super::bounded::read_bounded;

/// The most bytes of a list of users or groups that are read.
const MOST_BYTES: u64 = 4 * 1024 * 1024;

/// Whether a group is the private one of this process's user, as many systems give each user one, and have new
/// files written by it (a mask of 002). The group lists say so: it is this process's group and not root's, it is in
/// `/etc/group` without a member but this user, and in `/etc/passwd` it is no other user's. Where that cannot be told,
/// as where users are listed elsewhere, it is not.
pub(super) fn is_private(group: u32) -> bool {
    let process = rustix::process::getegid().as_raw();
    if group == 0 || group != process {
        return false;
    }
    let list = |path: &str| read_bounded(Path::new(path), MOST_BYTES).ok();
    let lists = list("/etc/passwd").zip(list("/etc/group"));
    lists.is_some_and(|(users, groups)| {
        let user = rustix::process::geteuid().as_raw();
        has_one_user(
            group,
            user,
            &String::from_utf8_lossy(&users),
            &String::from_utf8_lossy(&groups),
        )
    })
}

/// Whether the lists have a group with one user as its only member.
fn has_one_user(group: u32, user: u32, users: &str, groups: &str) -> bool {
    let mut names = Vec::new();
    for line in entries(users) {
        let fields: Vec<&str> = line.split(':').collect();
        let [name, _, id, primary, ..] = fields[..] else {
            return false;
        };
        match (id.parse::<u32>(), primary.parse::<u32>()) {
            (Ok(id), Ok(_)) if id == user => names.push(name),
            (Ok(_), Ok(primary)) if primary != group => {}
            _ => return false,
        }
    }
    let mut is_listed = false;
    for line in entries(groups) {
        let fields: Vec<&str> = line.split(':').collect();
        let [_, _, id, members] = fields[..] else {
            return false;
        };
        let Ok(id) = id.parse::<u32>() else {
            return false;
        };
        if id == group {
            is_listed = true;
            let mut members = members.split(',').map(str::trim);
            if !members.all(|member| member.is_empty() || names.contains(&member)) {
                return false;
            }
        }
    }
    is_listed
}

/// The lines of a list that are not empty or comments.
fn entries(list: &str) -> impl Iterator<Item = &str> {
    let lines = list.lines().map(str::trim);
    lines.filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// The user whom the kernel shows where a user namespace has no id for the real one, root among others; `None` where that
/// user is in the namespace.
pub(super) fn unmapped_user() -> Option<u32> {
    let text = |path: &str| {
        let content = read_bounded(Path::new(path), MOST_BYTES).ok()?;
        String::from_utf8(content).ok()
    };
    let user = text("/proc/sys/kernel/overflowuid")?.trim().parse().ok()?;
    (!maps(&text("/proc/self/uid_map")?, user)).then_some(user)
}

/// Whether a user namespace's table has a user; one that cannot be read is taken to have all users.
fn maps(table: &str, user: u32) -> bool {
    table.lines().any(|line| {
        let mut fields = line.split_whitespace().map(str::parse::<u64>);
        let (Some(Ok(first)), Some(Ok(_)), Some(Ok(count))) =
            (fields.next(), fields.next(), fields.next())
        else {
            return true;
        };
        u64::from(user)
            .checked_sub(first)
            .is_some_and(|it| it < count)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const USERS: &str =
        "root:x:0:0:root:/root:/bin/sh\n# kept\n\nada:x:1000:1000:Ada:/home/ada:/bin/sh\n";
    const GROUPS: &str = "root:x:0:\nstaff:x:50:ada,bob\nada:x:1000:\n";

    #[test]
    fn a_group_is_private_where_the_lists_have_it_and_nobody_else_in_it() {
        assert!(has_one_user(1000, 1000, USERS, GROUPS));
        let named = GROUPS.replace("ada:x:1000:", "ada:x:1000:ada");
        assert!(has_one_user(1000, 1000, USERS, &named));

        for (group, users, groups) in [
            // Not listed, or another's too.
            (1001, USERS.to_owned(), GROUPS.to_owned()),
            (50, USERS.to_owned(), GROUPS.to_owned()),
            (
                1000,
                USERS.to_owned(),
                GROUPS.replace("1000:", "1000:ada,bob"),
            ),
            (
                1000,
                format!("{USERS}bob:x:1001:1000::/:/bin/sh\n"),
                GROUPS.to_owned(),
            ),
            (1000, USERS.to_owned(), format!("{GROUPS}same:x:1000:bob\n")),
            // It cannot be told.
            (1000, format!("{USERS}+::::::\n"), GROUPS.to_owned()),
            (1000, USERS.to_owned(), format!("{GROUPS}+:::\n")),
            (1000, format!("{USERS}ada\n"), GROUPS.to_owned()),
            (1000, USERS.to_owned(), String::new()),
        ] {
            assert!(
                !has_one_user(group, 1000, &users, &groups),
                "{users}{groups}"
            );
        }
        assert!(!is_private(0));
    }

    #[test]
    fn a_table_of_users_says_whom_it_has() {
        assert!(maps("         0          0 4294967295\n", 65534));
        assert!(!maps("0 1000 1\n", 65534));
        assert!(maps("0 1000 1\n1 100000 65536\n", 65534));
        assert!(maps("unknown", 65534));
        assert!(!maps("", 65534));
    }
}
