using Microsoft.Extensions.DependencyInjection;

namespace SmartCache.Hosting;

/// <summary>A registration as the worker's author will have written it, for the log.</summary>
internal static class RegistrationLine
{
    /// <returns><c>services.AddScoped&lt;IVideoDownloader, MyDownloader&gt;()</c>; what cannot be known is an ellipsis.</returns>
    public static string Of(ServiceDescriptor stage)
    {
        var implementation = ImplementationOf(stage);
        var isType = (stage.IsKeyedService ? stage.KeyedImplementationType : stage.ImplementationType) is not null;
        var types = implementation is null || !isType ? stage.ServiceType.Name : $"{stage.ServiceType.Name}, {implementation}";
        var arguments = new[] { stage.IsKeyedService ? KeyOf(stage) : "", isType ? "" : "…" }.Where(static argument => argument.Length > 0);
        return $"services.Add{(stage.IsKeyedService ? "Keyed" : "")}{stage.Lifetime}<{types}>({string.Join(", ", arguments)})";
    }

    /// <returns>The type's name; null for a factory.</returns>
    public static string? ImplementationOf(ServiceDescriptor stage) => (stage.IsKeyedService
        ? stage.KeyedImplementationType ?? stage.KeyedImplementationInstance?.GetType()
        : stage.ImplementationType ?? stage.ImplementationInstance?.GetType())?.Name;

    public static string KeyOf(ServiceDescriptor stage) =>
        ReferenceEquals(stage.ServiceKey, KeyedService.AnyKey) ? "KeyedService.AnyKey" : stage.ServiceKey is string text ? $"\"{text}\"" : $"{stage.ServiceKey}";
}
