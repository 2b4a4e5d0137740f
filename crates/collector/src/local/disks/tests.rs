use super::*;

const GB: u64 = 1_000_000_000;

fn filesystem(path: &str) -> Filesystem {
    Filesystem {
        id: FilesystemId::default(),
        paths: vec![path.into()],
        kind: "ext4".to_owned(),
        counted: None,
        known: None,
        may_be_silent: false,
        is_stacked: false,
        may_be_image: false,
    }
}

fn answer(path: &str, used_bytes: u64, total_bytes: u64) -> Answer {
    Answer {
        path: path.into(),
        space: Space {
            total_bytes,
            used_bytes,
            available_bytes: total_bytes - used_bytes,
        },
    }
}

fn check(answers: &[(Filesystem, Answer)], expected: &[&str]) {
    let answers = answers.iter();
    let answers = answers.map(|(filesystem, answer)| (filesystem, answer));
    let shown = shown(answers.collect()).into_iter();
    let paths: Vec<_> = shown.map(|(_, answer)| answer.path.clone()).collect();
    let expected: Vec<_> = expected.iter().map(PathBuf::from).collect();
    assert_eq!(paths, expected);
}

fn plain(path: &str, used_bytes: u64, total_bytes: u64) -> (Filesystem, Answer) {
    (filesystem(path), answer(path, used_bytes, total_bytes))
}

#[test]
fn what_has_no_size_is_no_disk() {
    check(
        &[
            plain("/srv", GB, 2 * GB),
            plain("/", 1, GB),
            plain("/mnt", 0, 0),
        ],
        &["/", "/srv"],
    );
}

#[test]
fn what_is_mounted_from_the_disk_below_a_container_is_not_a_second_one() {
    let stacked = Filesystem {
        is_stacked: true,
        ..filesystem("/")
    };
    check(
        &[
            (stacked, answer("/", 40 * GB, 100 * GB)),
            // Asked a moment later.
            plain("/data", 40 * GB + 4_096, 100 * GB),
            // Another disk of the same size.
            plain("/backup", 10 * GB, 100 * GB),
            plain("/other", 40 * GB, 300 * GB),
        ],
        &["/", "/backup", "/other"],
    );
}

#[test]
fn a_program_that_shows_an_image_shows_no_disk() {
    let image = |path| Filesystem {
        may_be_image: true,
        ..filesystem(path)
    };
    check(
        &[
            (
                image("/tmp/.mount_editor"),
                answer("/tmp/.mount_editor", GB, GB),
            ),
            (
                image("/mnt/read-only"),
                answer("/mnt/read-only", GB, 2 * GB),
            ),
            plain("/full", GB, GB),
        ],
        &["/full", "/mnt/read-only"],
    );
}

#[test]
fn beyond_the_limit_the_smallest_are_left_out() {
    let answers: Vec<_> = (0..DISKS_MAX as u64 + 6)
        .map(|at| plain(&format!("/mnt/{at:03}"), 0, (at + 1) * GB))
        .collect();
    let expected: Vec<_> = answers[6..]
        .iter()
        .map(|(_, answer)| answer.path.to_str().unwrap())
        .collect();
    check(&answers, &expected);
}

#[test]
fn what_is_kept_for_the_superuser_cannot_be_filled() {
    for (used_bytes, available_bytes, expected) in [
        (50, 50, Some(50.0)),
        // 100 in all, 20 of them reserved.
        (40, 40, Some(50.0)),
        (80, 0, Some(100.0)),
        (0, 80, Some(0.0)),
        (0, 0, None),
    ] {
        let space = Space {
            total_bytes: 100,
            used_bytes,
            available_bytes,
        };
        assert_eq!(percent(&space), expected);
    }
}

#[test]
fn without_disks_none_is_fullest() {
    assert_eq!(fullest(&[]), None);
}
