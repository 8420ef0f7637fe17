using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace SmartCache.Stages;

/// <summary>Settings of a stage: what a constructor would refuse at the first job is refused when the host starts, by the same rule.</summary>
internal static class StageOptions
{
    /// <param name="services">The container.</param>
    /// <param name="configure">The worker's settings.</param>
    /// <param name="validate">Throws an <see cref="ArgumentException"/> that names all that is wrong.</param>
    public static void AddStageOptions<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicParameterlessConstructor)] T>(
        this IServiceCollection services, Action<T>? configure, Action<T> validate)
        where T : class
    {
        var options = services.AddOptions<T>().ValidateOnStart();
        if (configure is not null)
            options.Configure(configure);

        // Once, however often the stage is added.
        if (!services.Any(static descriptor => descriptor.ImplementationInstance is SettingsCheck<T>))
            services.AddSingleton<IValidateOptions<T>>(new SettingsCheck<T>(validate));
    }

    private sealed class SettingsCheck<T>(Action<T> validate) : IValidateOptions<T>
        where T : class
    {
        public ValidateOptionsResult Validate(string? name, T options)
        {
            try
            {
                validate(options);
                return ValidateOptionsResult.Success;
            }
            catch (ArgumentException exception)
            {
                return ValidateOptionsResult.Fail($"{typeof(T).Name}: {exception.Message}");
            }
        }
    }
}
