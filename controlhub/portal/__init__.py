"""The pages that administrators use."""
