using Microsoft.Extensions.Options;

namespace SmartCache.HealthChecks;

/// <summary>Refuses thresholds out of their ranges, all at once.</summary>
internal sealed class HealthOptionsCheck : IValidateOptions<SmartCacheHealthOptions>
{
    public ValidateOptionsResult Validate(string? name, SmartCacheHealthOptions options)
    {
        string[] failures = [.. options.Failures().Select(static failure => $"{nameof(SmartCacheHealthOptions)}: {failure}")];
        return failures.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }
}
