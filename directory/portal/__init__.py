"""The pages of the directory. They use the components and access rules of the portal."""
