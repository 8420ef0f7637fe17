using Microsoft.Extensions.Configuration;

namespace SmartCache.Tests.Configuration;

/// <summary>A configuration whose values change with an announcement, as a good edit does, or without, as a broken file does.</summary>
internal sealed class EditableSettings : ConfigurationProvider, IConfigurationSource
{
    public EditableSettings(params (string Key, string? Value)[] values)
    {
        Put(values);
        Root = new ConfigurationBuilder().Add(this).Build();
    }

    public IConfigurationRoot Root { get; }

    public IConfigurationProvider Build(IConfigurationBuilder builder) => this;

    public void Edit(params (string Key, string? Value)[] values)
    {
        Put(values);
        OnReload();
    }

    public void EditUnannounced(params (string Key, string? Value)[] values) => Put(values);

    private void Put((string Key, string? Value)[] values) =>
        Data = values.ToDictionary(pair => pair.Key, pair => pair.Value, StringComparer.OrdinalIgnoreCase);
}
