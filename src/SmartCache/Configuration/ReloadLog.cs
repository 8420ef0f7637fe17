using Microsoft.Extensions.Logging;

namespace SmartCache.Configuration;

/// <summary>Says each thing about the settings once, however often it is found. Used under its owner's lock.</summary>
internal sealed class ReloadLog(ILogger logger, CacheConfiguration configuration)
{
    private readonly HashSet<string> _unknown = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<SettingKey, string?> _waitingForRestart = [];
    private string[] _refused = [];
    private bool _unreadable;
    private bool _staysDisabled;
    private SettingTexts? _atStart;

    public void Started(ParsedSettings parsed, SettingTexts texts)
    {
        _atStart = texts;
        UnknownKeys();
        if (parsed.Failures.Count > 0)
        {
            _refused = [.. parsed.Messages];
            foreach (var failure in _refused)
            {
                logger.DisabledByFailure(failure);
            }

            return;
        }

        var given = texts.Given().Select(setting => $"{setting.Key.Path} = {SettingText.Quote(setting.Text)} ({configuration.OriginOf(setting.Key, setting.Text)})").ToList();
        logger.Started(parsed.Settings.Enabled, parsed.Settings.Root, parsed.Settings.MaxSize, given.Count == 0 ? "none" : string.Join(", ", given));
    }

    public void UnknownKeys()
    {
        foreach (var key in configuration.UnknownKeys())
        {
            if (_unknown.Add(key))
            {
                logger.UnknownKey(key, NearestKey.To(key));
            }
        }
    }

    public void Refused(string[] failures)
    {
        foreach (var failure in failures.Except(_refused))
        {
            logger.Refused(failure);
        }

        _refused = failures;
    }

    public void Taken(SettingTexts now, SettingTexts before)
    {
        var changes = now.ChangesSince(before).Where(change => !change.Key.NeedsRestart).Select(change =>
            $"{change.Key.Path} {Show(change.Before)} -> {Show(change.Now)}{(change.Now is null ? "" : $" ({configuration.OriginOf(change.Key, change.Now)})")}").ToList();
        if (changes.Count > 0)
        {
            logger.Changed(string.Join(", ", changes));
        }
        else if (_refused.Length > 0)
        {
            logger.ValidAgain();
        }

        _refused = [];
    }

    public void NeedsRestart(SettingTexts now)
    {
        var waiting = now.ChangesSince(_atStart!).Where(change => change.Key.NeedsRestart).ToDictionary(change => change.Key, change => change.Now);
        foreach (var (key, text) in waiting)
        {
            if (!_waitingForRestart.TryGetValue(key, out var said) || said != text)
            {
                logger.NeedsRestart(key.FullPath);
            }
        }

        _waitingForRestart.Clear();
        foreach (var (key, text) in waiting)
        {
            _waitingForRestart.Add(key, text);
        }
    }

    public void StaysDisabled(string[] keys)
    {
        if (!_staysDisabled)
        {
            logger.StaysDisabled(string.Join(", ", keys));
        }

        _staysDisabled = true;
    }

    public void Unreadable(Exception? exception, string reason)
    {
        if (!_unreadable)
        {
            logger.SettingsUnreadable(exception, reason);
        }

        _unreadable = true;
    }

    public void Readable()
    {
        if (_unreadable)
        {
            logger.ReadableAgain();
        }

        _unreadable = false;
    }

    private static string Show(string? text) => text is null ? "default" : SettingText.Quote(text);
}
