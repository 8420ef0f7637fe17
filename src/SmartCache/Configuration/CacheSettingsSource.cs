using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace SmartCache.Configuration;

/// <summary>
/// Parses the options at start and again whenever the configuration announces a change. A change that cannot be used, in whole or in
/// part, leaves the last good settings as they are and is logged once.
/// <para>
/// A JSON file that was broken while running is not announced: its provider drops all values and throws on the watcher's thread, without
/// raising the reload token. So the options are also looked at every five seconds, off every job's path, and values that changed without
/// an announcement are taken for what they nearly always are, a file that cannot be read.
/// </para>
/// </summary>
internal sealed class CacheSettingsSource : ICacheSettingsSource, IDisposable
{
    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(5);

    // A provider swaps its values a moment before it announces that: what is seen once may only be early.
    private static readonly TimeSpan ConfirmAfter = TimeSpan.FromMilliseconds(250);

    private readonly IOptionsFactory<CacheOptions> _factory;
    private readonly CacheConfiguration _configuration;
    private readonly CacheSettingsParser _parser;
    private readonly ITimer _look;
    private readonly ReloadLog _log;
    private readonly List<IDisposable> _subscriptions = [];
    private readonly Lock _gate = new();

    // What the settings that need a restart were at start.
    private readonly CacheSettings _atStart;
    private readonly string[] _invalidUntilRestart;

    private volatile CacheSettings _current;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private SettingTexts _announced;
    private SettingTexts _taken;
    private bool _suspicious;

    /// <exception cref="OptionsValidationException">The settings are invalid and <c>OnInvalidSettings</c> is <c>Fail</c>; holds all failures.</exception>
    public CacheSettingsSource(
        IOptionsFactory<CacheOptions> factory,
        IEnumerable<IOptionsChangeTokenSource<CacheOptions>> changes,
        CacheConfiguration configuration,
        CacheSettingsParser parser,
        TimeProvider time,
        ILogger logger)
    {
        (_factory, _configuration, _parser, _log) = (factory, configuration, parser, new ReloadLog(logger, configuration));

        var options = factory.Create(Options.DefaultName);
        var parsed = parser.ParseAtStart(options, configuration.NameOf);
        _announced = _taken = new SettingTexts(options);
        configuration.Presence.Remember();
        _invalidUntilRestart = [.. parsed.Failures.Where(failure => failure.Key.NeedsRestart).Select(failure => failure.Key.FullPath).Distinct()];

        _atStart = _current = parsed.Settings;
        _log.Started(parsed, _taken);
        _look = time.CreateTimer(static state => ((CacheSettingsSource)state!).OnTimer(), this, CheckInterval, Timeout.InfiniteTimeSpan);
        _subscriptions.AddRange(changes.Where(source => string.IsNullOrEmpty(source.Name)).Select(source => ChangeToken.OnChange(source.GetChangeToken, OnAnnounced)));

        // What changed between the reading above and the subscription.
        OnAnnounced();
    }

    public CacheSettings Current => _current;

    public Task Changed => Volatile.Read(ref _changed).Task;

    public void Dispose()
    {
        _subscriptions.ForEach(subscription => subscription.Dispose());
        _subscriptions.Clear();
        _look.Dispose();
    }

    private void OnAnnounced()
    {
        lock (_gate)
        {
            try
            {
                Take(_factory.Create(Options.DefaultName));
            }
            catch (OptionsValidationException exception)
            {
                // From a validator that the worker added itself.
                _log.Refused([.. exception.Failures]);
            }
            catch (Exception exception)
            {
                _log.Unreadable(exception, "reading them failed.");
            }
        }
    }

    private void Take(CacheOptions options)
    {
        if (_configuration.Presence.IsLost())
        {
            _log.Unreadable(null, "a file or another provider that held settings holds nothing any more. They stay until it is back or the worker is restarted.");
            return;
        }

        _configuration.Presence.Remember();
        var texts = new SettingTexts(options);
        (_announced, _suspicious) = (texts, false);
        _log.Readable();
        var parsed = _parser.Parse(options, _configuration.NameOf);
        _log.UnknownKeys();
        if (parsed.Failures.Count > 0)
        {
            _log.Refused([.. parsed.Messages]);
            return;
        }

        _log.NeedsRestart(texts);
        if (_invalidUntilRestart.Length > 0)
        {
            _log.StaysDisabled(_invalidUntilRestart);
            return;
        }

        _current = KeepingStart(parsed.Settings);
        Interlocked.Exchange(ref _changed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
        _log.Taken(texts, _taken);
        _taken = texts;
    }

    private CacheSettings KeepingStart(CacheSettings settings) => settings with
    {
        Root = _atStart.Root,
        SourcesDirectory = _atStart.SourcesDirectory,
        ProfilesDirectory = _atStart.ProfilesDirectory,
        UploadsDirectory = _atStart.UploadsDirectory,
        DirectoryMode = _atStart.DirectoryMode,
    };

    private void OnTimer()
    {
        var next = CheckInterval;
        try
        {
            next = LookForUnannounced();
        }
        catch (Exception)
        {
            // Nothing should get here. On a timer's thread it would end the worker.
        }

        // One shot at a time: looks never pile up behind a configuration that is slow to read. After the disposal it does nothing.
        _look.Change(next, Timeout.InfiniteTimeSpan);
    }

    /// <summary>How long until the next look.</summary>
    private TimeSpan LookForUnannounced()
    {
        lock (_gate)
        {
            try
            {
                if (new SettingTexts(_factory.Create(Options.DefaultName)).Same(_announced) && !_configuration.Presence.IsLost())
                {
                    _suspicious = false;
                    _log.Readable();
                }
                else if (!_suspicious)
                {
                    _suspicious = true;
                    return ConfirmAfter;
                }
                else
                {
                    _log.Unreadable(null, "they changed without the configuration having announced it; most likely a settings file cannot be read.");
                }
            }
            catch (OptionsValidationException exception)
            {
                _log.Refused([.. exception.Failures]);
            }
            catch (Exception exception)
            {
                _log.Unreadable(exception, "reading them failed.");
            }

            return CheckInterval;
        }
    }
}
