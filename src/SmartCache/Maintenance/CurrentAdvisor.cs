using Microsoft.Extensions.Logging;
using SmartCache.Configuration;
using SmartCache.Eviction;

namespace SmartCache.Maintenance;

/// <summary>The advisor of the policy that the settings name today. A policy that is named while the worker runs starts without a memory.</summary>
internal sealed class CurrentAdvisor(EvictionPolicyCatalog policies, ICacheSettingsSource settings, ILogger logger)
{
    private readonly Lock _changing = new();
    private EvictionAdvisor? _advisor;

    public EvictionAdvisor Get()
    {
        var name = settings.Current.EvictionPolicy;
        lock (_changing)
        {
            if (_advisor is null || !_advisor.PolicyName.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                // The validator knows every name; a policy that is gone all the same must not end evicting.
                var policy = policies.TryFind(name, out var found) ? found : new LruPolicy();
                _advisor = new EvictionAdvisor(policy, JobProtection.Default, logger);
            }

            return _advisor;
        }
    }

    public void Observe(CacheEvent cacheEvent) => Get().Observe(cacheEvent);
}
