namespace SmartCache.Configuration;

/// <summary>The mode of the cache's directories, octal: <c>0700</c>, or <c>0750</c> and <c>0770</c> for a group.</summary>
internal static class DirectoryModeText
{
    /// <summary>Null when <paramref name="text"/> is a mode that the cache can work with, else what is wrong with it.</summary>
    public static string? Parse(string text, out UnixFileMode mode)
    {
        mode = default;
        var digits = text.Trim();
        if (digits.Length is not (3 or 4) || digits.AsSpan().ContainsAnyExceptInRange('0', '7'))
        {
            return "is not an octal mode of three or four digits";
        }

        if (digits.Length == 4 && digits[0] != '0')
        {
            return "has set-user-id, set-group-id or sticky bits, which files of the cache must not get";
        }

        var (owner, group, others) = (digits[^3], digits[^2], digits[^1]);
        if (owner != '7')
        {
            return "keeps the cache itself out: the owner's digit must be 7";
        }

        if (others != '0')
        {
            return "lets every user of the machine in: the last digit must be 0";
        }

        if (group is not ('0' or '5' or '7'))
        {
            return "gives the group access that does not open a directory: its digit must be 0, 5 or 7";
        }

        mode = (UnixFileMode)Convert.ToInt32(digits, 8);
        return null;
    }
}
