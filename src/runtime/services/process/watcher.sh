# Reads `+<group>` and `-<group>`, and at the end of its input kills every group it still knows.
trap '' HUP INT QUIT TERM
groups=' '
while read -r line; do
    group=${line#[+-]}
    case $line in
    +*)
        groups="$groups$group "
        ;;
    -*)
        case $groups in
        *" $group "*) groups="${groups%%" $group "*} ${groups#*" $group "}" ;;
        esac
        ;;
    esac
done
for group in $groups; do
    kill -s KILL -- "-$group"
done
