using System.Text.Json.Serialization;
using SmartCache.Tool.Views;

namespace SmartCache.Tool.Output;

/// <summary>What <c>--json</c> prints. The names of properties are those of the views, and stay.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, UseStringEnumConverter = true)]
[JsonSerializable(typeof(StatsView))]
[JsonSerializable(typeof(IReadOnlyList<EntryView>))]
[JsonSerializable(typeof(EntryView))]
[JsonSerializable(typeof(IReadOnlyList<JobView>))]
[JsonSerializable(typeof(JobDetailView))]
[JsonSerializable(typeof(WhyView))]
[JsonSerializable(typeof(WhyJobView))]
[JsonSerializable(typeof(WhySourceView))]
[JsonSerializable(typeof(WhyProfileView))]
[JsonSerializable(typeof(RemovalView))]
[JsonSerializable(typeof(DoctorView))]
[JsonSerializable(typeof(VerifyView))]
[JsonSerializable(typeof(EvictionView))]
[JsonSerializable(typeof(AdoptView))]
[JsonSerializable(typeof(SettingsView))]
[JsonSerializable(typeof(ReportView))]
[JsonSerializable(typeof(RemoteStatusView))]
[JsonSerializable(typeof(RemoteDoctorView))]
[JsonSerializable(typeof(IReadOnlyList<RemoteEntryView>))]
[JsonSerializable(typeof(RemotePushView))]
[JsonSerializable(typeof(RemoteWarmView))]
[JsonSerializable(typeof(RemoteVerifyView))]
[JsonSerializable(typeof(RemoteRemovalView))]
internal sealed partial class ToolJson : JsonSerializerContext;
