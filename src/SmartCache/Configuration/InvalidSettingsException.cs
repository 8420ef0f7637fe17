using Microsoft.Extensions.Options;

namespace SmartCache.Configuration;

/// <summary>All that is wrong with the settings, one line each, as whoever reads a failed start wants it.</summary>
internal sealed class InvalidSettingsException(IReadOnlyList<string> failures) : OptionsValidationException(Options.DefaultName, typeof(CacheOptions), failures)
{
    public override string Message => string.Join(Environment.NewLine + "  ", Failures.Prepend("The settings of SmartCache are invalid:"));
}
